//! Personal data at rest. Each person has a data key that encrypts the person's fields (AES-256-GCM, bound to table,
//! row, column and key so that fields cannot be swapped). A master key encrypts the data keys (AES-256-GCM-SIV, which
//! a repeated nonce does not break). A keyed hash allows exact lookup.
//!
//! The master key is changed while the services run: [`rotate_master_key`] stores the new key encrypted with the old
//! one, and encrypts every key again.

mod erasure;
mod key_kind;
mod mask;
mod master_key;
mod rotation;
mod sealed_keys;
mod tables;
mod vault;

pub use erasure::{Ground, remove_remains};
pub use key_kind::{KeyKind, KeyName};
pub use mask::{mask_name, mask_number};
pub use master_key::MasterKey;
pub use rotation::{RotationArgs, hand_over_master_key, rotate_master_key};
pub use sealed_keys::{
    NamedKey, delete_sealed_key, has_sealed_keys, list_sealed_keys, random_sealed_key, seal_key, sealed_key,
};
pub use vault::{DataKey, Vault, delete_data_key, has_data_key};

const NONCE_BYTES: usize = 12;
