//! What an operator can put right: a wrong setting, a missing file, a database that is not reachable. It is told in the
//! language of the screen, where all other errors are for those who read the log.

use std::error::Error as StdError;
use std::fmt;
use std::io::ErrorKind;
use std::path::Path;

use crate::messages::Language;

/// What is wrong and what to do, in one sentence of each language. As text it is English, as the log is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    vi: String,
    en: String,
}

impl Trouble {
    /// Takes the sentence in both languages.
    #[must_use]
    pub fn new(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { vi: vi.into(), en: en.into() }
    }

    /// A file that an operator named cannot be read.
    #[must_use]
    pub fn unreadable(file: &Path, error: &std::io::Error) -> Self {
        let shown = file.display();
        Self::new(format!("không đọc được tệp {shown}: {}", why_vi(error)), format!("reading {shown}: {error}"))
    }

    /// A file cannot be written.
    #[must_use]
    pub fn unwritable(file: &Path, error: &std::io::Error) -> Self {
        let shown = file.display();
        Self::new(format!("không ghi được tệp {shown}: {}", why_vi(error)), format!("writing {shown}: {error}"))
    }

    /// The sentence in a language.
    #[must_use]
    pub fn sentence(&self, language: Language) -> &str {
        language.choose(&self.vi, &self.en)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

impl StdError for Trouble {}

/// The usual reasons of the operating system in Vietnamese; its own words for the others.
pub(crate) fn why_vi(error: &std::io::Error) -> String {
    let known = match error.kind() {
        ErrorKind::NotFound => "không có tệp hoặc thư mục này",
        ErrorKind::PermissionDenied => "tài khoản chạy chương trình không có quyền",
        ErrorKind::IsADirectory => "đây là thư mục, không phải tệp",
        ErrorKind::NotADirectory => "đường dẫn đi qua một tệp, không phải thư mục",
        ErrorKind::InvalidData => "nội dung không phải văn bản UTF-8",
        ErrorKind::StorageFull => "ổ đĩa đã đầy",
        ErrorKind::ReadOnlyFilesystem => "ổ đĩa chỉ cho phép đọc",
        _ => return error.to_string(),
    };
    known.to_owned()
}
