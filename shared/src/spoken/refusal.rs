//! What is wrong with the arguments, in Vietnamese.

use std::error::Error as StdError;
use std::ffi::OsString;
use std::net::AddrParseError;
use std::num::ParseIntError;

use clap::error::{ContextKind, ErrorKind};
use clap::{Command, Error};

use crate::messages::Language;
use crate::trouble::Trouble;

/// Says what is wrong with the arguments, and which help to read.
pub(super) fn refusal(error: &Error, command: &Command, arguments: &[OsString]) -> String {
    format!("Lỗi: {}\n\nXem thêm: {} --help", sentence(error, command), called(command, arguments))
}

/// The program with the command that was called.
fn called(command: &Command, arguments: &[OsString]) -> String {
    let words = arguments.iter().skip(1).filter_map(|word| word.to_str());
    let named = words.filter_map(|word| command.find_subcommand(word)).map(Command::get_name).next();
    match named {
        Some(named) => format!("{} {named}", command.get_name()),
        None => command.get_name().to_owned(),
    }
}

/// An option that the program has, and its commands have not.
fn stands_before_commands(command: &Command, arg: &str) -> bool {
    let long = arg.strip_prefix("--").and_then(|name| name.split('=').next());
    long.is_some_and(|long| command.get_arguments().any(|one| one.get_long() == Some(long)))
}

fn sentence(error: &Error, command: &Command) -> String {
    let text = |kind| error.get(kind).map(ToString::to_string).filter(|text| !text.is_empty());
    let arg = text(ContextKind::InvalidArg).unwrap_or_default();
    let value = text(ContextKind::InvalidValue);
    let number = |kind| text(kind).unwrap_or_default();
    let similar = |kind| text(kind).map_or_else(String::new, |similar| format!("; gần giống: {similar}"));
    match error.kind() {
        ErrorKind::UnknownArgument if stands_before_commands(command, &arg) => {
            format!("tùy chọn {arg} phải đứng trước tên lệnh")
        }
        ErrorKind::UnknownArgument => {
            let what = if arg.starts_with('-') { "không có tùy chọn" } else { "thừa đối số" };
            format!("{what} {arg}{}", similar(ContextKind::SuggestedArg))
        }
        ErrorKind::InvalidSubcommand => {
            let name = text(ContextKind::InvalidSubcommand).unwrap_or_default();
            format!("không có lệnh {name}{}", similar(ContextKind::SuggestedSubcommand))
        }
        ErrorKind::InvalidValue => {
            let wrong = match &value {
                Some(value) => format!("giá trị '{value}' của {arg} không hợp lệ"),
                None => format!("{arg} cần một giá trị"),
            };
            match text(ContextKind::ValidValue) {
                Some(valid) => format!("{wrong}; các giá trị dùng được: {valid}"),
                None => wrong,
            }
        }
        ErrorKind::ValueValidation => {
            format!("giá trị '{}' của {arg} không hợp lệ: {}", value.unwrap_or_default(), expected(error))
        }
        ErrorKind::MissingRequiredArgument => format!("thiếu {arg}"),
        ErrorKind::ArgumentConflict => match text(ContextKind::PriorArg) {
            Some(prior) if prior == arg => format!("{arg} chỉ được nêu một lần"),
            Some(prior) => format!("không dùng {arg} cùng với {prior}"),
            None => format!("không dùng {arg} cùng với các tùy chọn khác đã nêu"),
        },
        ErrorKind::TooManyValues => format!("thừa giá trị '{}' của {arg}", value.unwrap_or_default()),
        ErrorKind::TooFewValues => {
            let (least, actual) = (number(ContextKind::MinValues), number(ContextKind::ActualNumValues));
            format!("{arg} cần ít nhất {least} giá trị, đã nêu {actual}")
        }
        ErrorKind::WrongNumberOfValues => {
            let (wanted, actual) = (number(ContextKind::ExpectedNumValues), number(ContextKind::ActualNumValues));
            format!("{arg} cần {wanted} giá trị, đã nêu {actual}")
        }
        ErrorKind::MissingSubcommand => "thiếu lệnh".to_owned(),
        ErrorKind::InvalidUtf8 => "có đối số không phải văn bản UTF-8".to_owned(),
        _ => format!("các đối số không hợp lệ; thông báo gốc bằng tiếng Anh: {error}"),
    }
}

/// What a value should have been: in the words of its own parser, or for the usual types of the language.
fn expected(error: &Error) -> String {
    let Some(source) = error.source() else { return "không đúng dạng".to_owned() };
    if let Some(trouble) = source.downcast_ref::<Trouble>() {
        return trouble.sentence(Language::Vietnamese).to_owned();
    }
    if source.is::<AddrParseError>() {
        return "cần địa chỉ IP và cổng, ví dụ 127.0.0.1:8080 (không dùng tên máy)".to_owned();
    }
    if source.is::<ParseIntError>() {
        return "cần một số nguyên".to_owned();
    }
    if source.is::<uuid::Error>() {
        return "cần một mã UUID, ví dụ 0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f".to_owned();
    }
    format!("không đúng dạng (thông báo gốc bằng tiếng Anh: {source})")
}
