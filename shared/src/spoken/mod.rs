//! The language of the screen: of `--help`, of what is wrong with the arguments, and of a start that fails, which the log
//! repeats. All other lines of the log are English.
//!
//! `--language` is asked first, then `SCREEN_LANGUAGE`, then the terminal's `LANG`; if none of them says, it is Vietnamese.

mod help;
mod refusal;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

pub use self::help::in_vietnamese;
use crate::error::At;
use crate::messages::Language;
use crate::{Code, Error};

const OPTION: &str = "--language";
const VARIABLE: &str = "SCREEN_LANGUAGE";

/// Which language the screen speaks.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct LanguageArgs {
    /// The language of the screen, of --help and of errors at the start. If left out: that of the terminal (LANG), else
    /// Vietnamese.
    #[arg(long, env = VARIABLE, value_name = "LANGUAGE", global = true)]
    language: Option<Language>,
}

impl LanguageArgs {
    /// The language that was asked for, else that of the terminal, else Vietnamese.
    #[must_use]
    pub fn language(self) -> Language {
        self.language.unwrap_or_else(|| of_terminal(std::env::var("LANG").ok().as_deref()))
    }
}

/// The language of the screen before the arguments are read: they may be wrong, and that is said in it too.
#[must_use]
pub fn language_of(arguments: &[OsString]) -> Language {
    let variable = |name: &str| std::env::var(name).ok();
    chosen(asked_in(arguments).as_deref(), variable(VARIABLE).as_deref(), variable("LANG").as_deref())
}

fn asked_in(arguments: &[OsString]) -> Option<String> {
    let mut words = arguments.iter().skip(1).map(|word| word.to_string_lossy()).take_while(|word| word != "--");
    while let Some(word) = words.next() {
        if word == OPTION {
            return words.next().map(|value| value.into_owned());
        }
        if let Some(value) = word.strip_prefix(OPTION).and_then(|rest| rest.strip_prefix('=')) {
            return Some(value.to_owned());
        }
    }
    None
}

fn chosen(asked: Option<&str>, variable: Option<&str>, lang: Option<&str>) -> Language {
    let named = |text: Option<&str>| Language::from_str(text?, false).ok();
    named(asked).or_else(|| named(variable)).unwrap_or_else(|| of_terminal(lang))
}

fn of_terminal(lang: Option<&str>) -> Language {
    let is_english = lang.is_some_and(|lang| lang == "en" || lang.starts_with("en_") || lang.starts_with("en."));
    if is_english { Language::English } else { Language::Vietnamese }
}

/// Reads a program's arguments. Where they are wrong or ask for help, that is said in the language, and the exit code returned.
///
/// # Errors
/// The exit code: 0 after help, 2 after wrong arguments.
pub fn read_arguments<P: Parser>(
    command: clap::Command,
    arguments: Vec<OsString>,
    language: Language,
) -> Result<P, ExitCode> {
    let (mut command, arguments) = match language {
        Language::English => (command, arguments),
        Language::Vietnamese => (in_vietnamese(command), asking_for_help(arguments)),
    };
    let read = command.try_get_matches_from_mut(&arguments).and_then(|matches| P::from_arg_matches(&matches));
    read.map_err(|error| match language {
        Language::Vietnamese if error.use_stderr() => {
            eprintln!("{}", refusal::refusal(&error, &command, &arguments));
            ExitCode::from(2)
        }
        _ => {
            // Where nobody reads what is printed, there is nobody to tell.
            let _ = error.print();
            u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
        }
    })
}

/// `PROGRAM help COMMAND` is `PROGRAM COMMAND --help`: the command `help` of the library speaks English.
fn asking_for_help(mut arguments: Vec<OsString>) -> Vec<OsString> {
    // A word after an option may be its value.
    let is_option = |word: &OsString| word.to_string_lossy().starts_with('-') && !word.to_string_lossy().contains('=');
    let place = (1..arguments.len()).find(|place| {
        let is_value = *place > 1 && arguments.get(place - 1).is_some_and(is_option);
        !is_value && arguments.get(*place).is_some_and(|word| word == "help")
    });
    if let Some(place) = place {
        arguments.remove(place);
        arguments.push("--help".into());
    }
    arguments
}

/// Says why a program cannot go on.
#[must_use]
pub fn failure(language: Language, error: &Error) -> String {
    // That a mistake of an operator's is no answer to a caller needs no word.
    let technical = format!("{error:?}").replace("internal: ", "");
    let trouble = error.find_trouble();
    match (language, trouble) {
        (Language::English, Some(_)) => technical.replace("unavailable: ", ""),
        (Language::English, None) => technical,
        (Language::Vietnamese, Some(trouble)) => trouble.sentence(language).to_owned(),
        (Language::Vietnamese, None) => untold(error, &technical),
    }
}

/// The Vietnamese for what has no sentence of its own: that of its code, with the technical text behind it.
fn untold(error: &Error, technical: &str) -> String {
    let sentence = |code, params| Language::Vietnamese.sentence(code, params);
    if !error.field_faults().is_empty() {
        let faults = error.field_faults().iter().map(|fault| {
            let (At::Pointer(place) | At::Parameter(place) | At::Header(place)) = &fault.at;
            format!("{}: {}", place.trim_start_matches('/'), sentence(fault.code, &fault.params))
        });
        return faults.collect::<Vec<_>>().join(" ");
    }
    match error.code() {
        Code::Internal => format!("lỗi kỹ thuật, thông báo gốc bằng tiếng Anh: {technical}"),
        code => format!("{} (thông báo gốc bằng tiếng Anh: {technical})", sentence(code, error.params())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_screen_speaks_what_is_asked_for_else_what_the_terminal_speaks_else_vietnamese() {
        for (asked, variable, lang, is_english) in [
            (None, None, None, false),
            (None, None, Some("C.UTF-8"), false),
            (None, None, Some("vi_VN.UTF-8"), false),
            (None, None, Some("en_GB.UTF-8"), true),
            (None, None, Some("english"), false),
            (None, Some("en"), Some("vi_VN.UTF-8"), true),
            (None, Some("fr"), Some("en_GB.UTF-8"), true),
            (Some("vi"), Some("en"), Some("en_GB.UTF-8"), false),
            (Some("en"), Some("vi"), Some("vi_VN"), true),
            (Some("fr"), None, None, false),
        ] {
            let language = chosen(asked, variable, lang);
            assert_eq!(language == Language::English, is_english, "{asked:?} {variable:?} {lang:?}");
        }
    }

    #[test]
    fn the_language_is_found_in_arguments_that_are_wrong() {
        for (line, found) in [
            ("standalone --nothing --language en", Some("en")),
            ("standalone --language=vi verify", Some("vi")),
            ("standalone --language", None),
            ("standalone verify -- --language en", None),
            ("--language en", None),
        ] {
            let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(asked_in(&arguments).as_deref(), found, "{line}");
        }
    }

    #[test]
    fn what_has_no_sentence_of_its_own_is_said_with_the_technical_text() {
        let trouble = || Error::trouble("thiếu khóa", "no key").doing("starting");
        assert_eq!(failure(Language::Vietnamese, &trouble()), "thiếu khóa");
        assert_eq!(failure(Language::English, &trouble()), "starting: no key");
        let ours = Error::internal("a bug").doing("counting");
        assert!(failure(Language::Vietnamese, &ours).ends_with("tiếng Anh: counting: a bug"));
        let absent = failure(Language::Vietnamese, &Error::new(Code::NotFound).doing("looking"));
        assert!(absent.starts_with("Không có thông tin này") && absent.ends_with("looking: not_found)"), "{absent}");
        let fault = failure(Language::Vietnamese, &Error::fault("/login", Code::Required));
        assert!(fault.starts_with("login: ") && !fault.contains("invalid_fields"), "{fault}");
    }
}
