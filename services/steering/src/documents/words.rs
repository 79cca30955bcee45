//! The closed lists of words about documents, and the keys by which documents are told apart.

use serde::{Deserialize, Serialize};
pub use shared::published::document::{DocumentSystem, DocumentType, RelationKind};
use shared::text::search_key;

use shared::Id;

shared::closed_list! {
    /// The status of a document. More may come.
    pub enum DocumentStatus {
        /// It counts.
        Recorded,
        /// It should never have been registered.
        Withdrawn,
    }
}

shared::closed_list! {
    /// The label of a document. More may come.
    pub enum DocumentLabel {
        /// Lưu hành nội bộ.
        Internal,
    }
}

/// The label on a paper. Those of a level of secrecy are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaperLabel {
    /// Lưu hành nội bộ.
    Internal,
    /// Mật: refused.
    Mat,
    /// Tối mật: refused.
    ToiMat,
    /// Tuyệt mật: refused.
    TuyetMat,
}

impl PaperLabel {
    /// The label as it is kept; nothing for a level of secrecy.
    pub(super) fn kept(self) -> Option<DocumentLabel> {
        match self {
            Self::Internal => Some(DocumentLabel::Internal),
            Self::Mat | Self::ToiMat | Self::TuyetMat => None,
        }
    }
}

impl From<DocumentLabel> for PaperLabel {
    fn from(label: DocumentLabel) -> Self {
        match label {
            DocumentLabel::Internal => Self::Internal,
        }
    }
}

/// The relations by which a document carries on what an earlier one says.
pub(super) const BASES: [RelationKind; 2] = [RelationKind::RestsOn, RelationKind::Implements];
/// The relations that end the other document.
pub(super) const ENDS: [RelationKind; 2] = [RelationKind::Replaces, RelationKind::Repeals];

/// The key of a number: `07-BC/BCĐ`, `7-bc/bcd` and `7 - BC/BCĐ` are one number.
pub(super) fn number_key(number: &str) -> String {
    let key: String = search_key(number).split_whitespace().collect();
    let trimmed = key.trim_start_matches('0');
    if trimmed.starts_with(|one: char| one.is_ascii_digit()) { trimmed.to_owned() } else { key }
}

/// The key of an issuer: one of our bodies, or a name.
pub(super) fn issuer_key(body: Option<Id>, name: Option<&str>) -> String {
    match body {
        Some(body) => format!("body {body}"),
        None => format!("name {}", search_key(name.unwrap_or_default())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_one_however_it_is_written() {
        for (written, key) in [
            ("33-CT/TW", "33-ct/tw"),
            ("07-BC/BCĐ", "7-bc/bcd"),
            ("7 - BC / BCĐ", "7-bc/bcd"),
            ("12a-KH/TU", "12a-kh/tu"),
            ("0-X", "0-x"),
            ("00/TB", "00/tb"),
            ("KH 01", "kh01"),
        ] {
            assert_eq!(number_key(written), key, "{written}");
        }
        assert_ne!(issuer_key(None, Some("body x")), "body x");
    }
}
