//! The keys that a database stores encrypted with the master key: a closed list, which the operators' table of keys
//! repeats.

/// A kind of sealed key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
pub enum KeyKind {
    /// Hashes what is looked up exactly, so that equal values can be found without being opened.
    #[strum(serialize = "blind-index")]
    BlindIndex,
    /// Seals the cursors with which journals are read.
    #[strum(serialize = "journal-cursor")]
    JournalCursor,
    /// Seals the marks by which copies of lists are kept up to date.
    #[strum(serialize = "list-mark")]
    ListMark,
    /// Signs access tokens. The instant of making follows, in microseconds since 1970.
    #[strum(serialize = "signing-key")]
    Signing,
    /// The secret of a service that runs beside identity's database. The service's name follows.
    #[strum(serialize = "client-secret")]
    ClientSecret,
}

impl KeyKind {
    /// The kind as names of keys begin with it.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.into()
    }

    /// The name of the only key of its kind in a database.
    #[must_use]
    pub fn only(self) -> KeyName {
        KeyName(self.label().to_owned())
    }

    /// The name of one key of its kind.
    #[must_use]
    pub fn of(self, which: &str) -> KeyName {
        KeyName(format!("{}/{which}", self.label()))
    }
}

/// The name of a sealed key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyName(String);

impl KeyName {
    /// The name as it is kept.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
