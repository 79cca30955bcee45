//! Rebuilds when a migration is added: the crate embeds them.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations/steering");
}
