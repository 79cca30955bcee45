//! The language of the screen: `--help`, wrong arguments and a start that fails, in Vietnamese or English.

use std::collections::BTreeMap;

use clap::Command;
use shared::spoken::in_vietnamese;
use tests::{Process, TestApp};

use crate::running::{PROGRAM, run_on};

fn programs() -> [Command; 6] {
    [
        standalone::program::command(),
        identity::program::command(),
        enterprise_registry::program::command(),
        membership::program::command(),
        reporting::program::command(),
        steering::program::command(),
    ]
}

/// A text without its line breaks.
fn flat(text: impl ToString) -> String {
    text.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What stands in the help in both languages: of a command, or of an argument.
struct Said {
    program: String,
    command: String,
    /// Empty for the command itself.
    arg: String,
    vi: String,
    /// Nothing where the library says it.
    en: Option<String>,
}

fn walk(program: &str, name: &str, vi: &Command, en: &Command, said: &mut Vec<Said>) {
    let one = |arg: &str, vi: String, en: Option<String>| Said {
        program: program.to_owned(),
        command: name.to_owned(),
        arg: arg.to_owned(),
        vi,
        en,
    };
    let about = |command: &Command| command.get_about().map(flat);
    said.push(one("", about(vi).unwrap_or_default(), about(en)));
    for arg in vi.get_arguments() {
        let english = en.get_arguments().find(|other| other.get_id() == arg.get_id());
        let english = english.map(|arg| flat(arg.get_help().expect("a help")));
        said.push(one(arg.get_id().as_str(), arg.get_help().map(flat).unwrap_or_default(), english));
    }
    for sub in en.get_subcommands() {
        walk(program, sub.get_name(), vi.find_subcommand(sub.get_name()).unwrap(), sub, said);
    }
}

fn all_said() -> Vec<Said> {
    let mut said = Vec::new();
    for en in programs() {
        let vi = in_vietnamese(en.clone());
        walk(en.get_name(), "", &vi, &en, &mut said);
    }
    assert!(said.len() > 150, "{}", said.len());
    said
}

/// Every command of every program, with those below it.
fn all_commands() -> Vec<Command> {
    programs()
        .into_iter()
        .flat_map(|one| one.get_subcommands().cloned().chain([one.clone()]).collect::<Vec<_>>())
        .collect()
}

type Book = BTreeMap<String, toml::Table>;

fn book() -> Book {
    toml::from_str(include_str!("../../shared/messages/help_vi.toml")).unwrap()
}

#[test]
fn every_command_and_argument_has_its_vietnamese_text() {
    let mut faults = Vec::new();
    for Said { program, command, arg, vi, en } in all_said() {
        if vi.is_empty() || en.is_some_and(|en| vi.contains(&en)) {
            faults.push(format!("{program} {command} {arg}: {vi}"));
        }
    }
    let book = book();
    let common = |part: &str| book["common"][part].as_table().unwrap();
    for command in all_commands() {
        for arg in command.get_arguments().filter(|arg| arg.get_action().takes_values()) {
            for name in arg.get_value_names().unwrap_or_default() {
                if !common("names").contains_key(name.as_str()) {
                    faults.push(format!("{} {}: <{name}>", command.get_name(), arg.get_id()));
                }
            }
            for value in arg.get_possible_values().iter().filter(|value| value.get_help().is_some()) {
                if !common("values").contains_key(value.get_name()) {
                    faults.push(format!("{} {}: {}", command.get_name(), arg.get_id(), value.get_name()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "without a text in shared/messages/help_vi.toml: {faults:#?}");
}

#[test]
fn every_vietnamese_text_is_used() {
    let (said, commands, mut faults) = (all_said(), all_commands(), Vec::new());
    let is_named = |name: &str| {
        let args = commands.iter().flat_map(Command::get_arguments).filter(|arg| arg.get_action().takes_values());
        let mut names = args.flat_map(|arg| arg.get_value_names().unwrap_or_default());
        names.any(|one| one.as_str() == name)
    };
    let is_value = |name: &str| {
        let mut values = commands.iter().flat_map(Command::get_arguments).flat_map(clap::Arg::get_possible_values);
        values.any(|one| one.get_name() == name && one.get_help().is_some())
    };
    for (section, parts) in book() {
        let mut of_section = said.iter().filter(|one| section == "common" || one.program == section).peekable();
        assert!(of_section.peek().is_some(), "{section} is no program");
        let of_section: Vec<&Said> = of_section.collect();
        for (part, texts) in parts {
            let Some(texts) = texts.as_table() else { continue };
            for (key, text) in texts {
                let text = flat(text.as_str().unwrap());
                let is_of = |one: &&&Said| match part.as_str() {
                    "commands" => one.arg.is_empty() && one.command == *key,
                    _ => one.arg == *key || format!("{}.{}", one.command, one.arg) == *key,
                };
                let is_used = match part.as_str() {
                    "names" => is_named(key),
                    "values" => is_value(key),
                    _ => of_section.iter().filter(is_of).any(|one| one.vi.starts_with(&text)),
                };
                if !is_used {
                    faults.push(format!("[{section}.{part}] {key}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "no program uses: {faults:#?}");
}

#[test]
fn no_english_word_of_the_library_is_left_in_the_vietnamese_help() {
    fn look(command: &Command, faults: &mut Vec<String>) {
        for help in [command.clone().render_help().to_string(), command.clone().render_long_help().to_string()] {
            for word in
                ["Usage", "Options:", "Commands:", "Arguments:", "OPTIONS", "COMMAND", "[env", "[default", "[possible"]
            {
                if help.contains(word) {
                    faults.push(format!("{}: {word}", command.get_name()));
                }
            }
            assert!(help.contains("Cách dùng: "), "{help}");
            let wide = help.lines().find(|line| line.chars().count() > 110 && !line.starts_with("Cách dùng"));
            faults.extend(wide.map(str::to_owned));
        }
        command.get_subcommands().for_each(|sub| look(sub, faults));
    }
    let mut faults = Vec::new();
    for mut command in programs().map(in_vietnamese) {
        command.build();
        look(&command, &mut faults);
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Runs a program to its end: its exit code, its standard output, its standard error.
fn run(arguments: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let output = Process::run(PROGRAM, arguments, environment);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_mistake_of_an_operators_is_said_in_the_language_asked_for() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a-file");
    std::fs::write(&file, "not a folder").unwrap();
    let (data, file) = (folder.path().join("data"), file.to_str().unwrap());
    let data = data.to_str().unwrap();
    let key = [("MASTER_KEY", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="), ("DATABASE_URL", data)];
    let far = [key[0], key[1], ("IDENTITY_URL", "http://identity.example.vn:8080")];
    let serve = ["--no-demo", "--data-dir"];
    for (code, vi, en, arguments, environment) in [
        (
            2,
            "Lỗi: không có tùy chọn --nothing",
            "unexpected argument '--nothing'",
            vec!["standalone", "--nothing"],
            &[][..],
        ),
        (
            2,
            "tùy chọn --workers phải đứng trước tên lệnh",
            "unexpected argument '--workers'",
            vec!["membership", "verify", "--workers", "1"],
            &[],
        ),
        (2, "thừa đối số now", "unexpected argument 'now'", vec!["standalone", "verify", "now"], &[]),
        (2, "không có lệnh verifi; gần giống: verify", "unrecognized subcommand", vec!["membership", "verifi"], &[]),
        (
            2,
            "của --workers <SỐ> không hợp lệ: cần một số từ 1 đến 256",
            "from 1 to 256",
            vec!["identity", "--workers", "0"],
            &[],
        ),
        (2, "cần địa chỉ IP và cổng", "invalid socket address", vec!["reporting", "--bind", "somewhere"], &[]),
        (2, "cần một số nguyên", "invalid digit", vec!["reporting", "--rate-limit", "many"], &[]),
        (
            2,
            "giá trị 'perhaps' của --no-demo không hợp lệ",
            "value 'perhaps' for '--no-demo'",
            vec!["standalone"],
            &[("NO_DEMO", "perhaps")],
        ),
        (
            2,
            "các giá trị dùng được: consent_withdrawn",
            "possible values: consent_withdrawn",
            vec!["standalone", "erase-person", "--ground", "none"],
            &[],
        ),
        (2, "thiếu --ground <CĂN_CỨ>", "required arguments were not provided", vec!["standalone", "erase-person"], &[]),
        (2, "Xem thêm: standalone erase-person --help", "try '--help'", vec!["standalone", "erase-person"], &[]),
        (2, "cần một mã UUID", "invalid", vec!["membership", "erase-person", "x", "--ground", "purpose_ended"], &[]),
        (
            2,
            "không dùng --finish cùng với --next-key-file <TỆP>",
            "cannot be used with",
            vec!["standalone", "rotate-master-key", "--finish", "--next-key-file", "x"],
            &[],
        ),
        (
            2,
            "--workers <SỐ> chỉ được nêu một lần",
            "cannot be used multiple times",
            vec!["standalone", "--workers", "1", "--workers", "2"],
            &[],
        ),
        (2, "--data-dir <THƯ_MỤC> cần một giá trị", "a value is required", vec!["standalone", "--data-dir"], &[]),
        (2, "dạng SEQ:HASH", "expected SEQ:HASH", vec!["membership", "verify", "--witness", "1"], &[]),
        (2, "ví dụ 33@2025-07-01", "expected CODE@", vec!["identity", "create-admin", "--area", "33"], &[]),
        (
            2,
            "cần một trong các vai trò viewer, ",
            "expected one of viewer, ",
            vec!["identity", "create-user", "--role", "king"],
            &[],
        ),
        (
            1,
            "hệ thống không thể tiếp tục: chương trình khác đang dùng",
            "the system cannot go on: another program uses",
            [&["standalone"], &serve[..], &[data, "--bind", &taken]].concat(),
            &[],
        ),
        (
            1,
            "a-file không phải thư mục; chọn thư mục khác",
            "is not a folder; choose another one",
            [&["standalone"], &serve[..], &[file, "--bind", "127.0.0.1:0"]].concat(),
            &[],
        ),
        (
            1,
            "enterprise-registry không thể tiếp tục: chưa đặt MASTER_KEY hoặc MASTER_KEY_FILE",
            "MASTER_KEY or MASTER_KEY_FILE is not set",
            vec!["enterprise-registry"],
            &[],
        ),
        (1, "chưa đặt CLIENT_FILE hoặc CLIENT_ID", "CLIENT_FILE or CLIENT_ID is not set", vec!["reporting"], &key),
        (
            1,
            "IDENTITY_URL trỏ tới máy khác mà không mã hóa kết nối",
            "IDENTITY_URL names another machine",
            vec!["membership"],
            &far,
        ),
        (
            1,
            "không có cơ sở dữ liệu của membership",
            "there is no database of membership",
            vec!["membership", "verify"],
            &key,
        ),
        (
            1,
            "không có tệp hoặc thư mục này",
            "reading /nowhere/k",
            vec!["identity", "--master-key-file", "/nowhere/k"],
            &[],
        ),
        (
            1,
            "không đọc được chứng thư /nowhere/c (--tls-cert): không có tệp hoặc thư mục này",
            "reading the certificate /nowhere/c (--tls-cert)",
            vec!["standalone", "--no-demo", "--tls-cert", "/nowhere/c", "--tls-key", "/nowhere/k"],
            &[],
        ),
        (
            1,
            "không có tệp hoặc thư mục này",
            "reading /nowhere/v",
            vec!["standalone", "verify", "--against", "/nowhere/v"],
            &[],
        ),
    ] {
        let at = |language: &'static str| [environment, &[("LANG", language)]].concat();
        let english = [&arguments[..1], &["--language", "en"], &arguments[1..]].concat();
        for (wanted, other, arguments, environment) in [
            (vi, en, &arguments, at("vi_VN.UTF-8")),
            (vi, en, &arguments, at("C")),
            (en, vi, &english, at("vi_VN.UTF-8")),
            (en, vi, &arguments, at("en_US.UTF-8")),
        ] {
            let (ended, printed, said) = run(arguments, &environment);
            assert_eq!((ended, printed.as_str()), (Some(code), ""), "{arguments:?} {environment:?}: {said}");
            assert!(said.contains(wanted) && !said.contains(other), "{arguments:?} {environment:?}: {said}");
            assert!(!said.contains("internal") && !said.contains("panicked"), "{said}");
        }
    }
}

#[test]
fn help_and_version_are_printed_and_end_well_in_both_languages() {
    let vietnamese = [("LANG", "vi_VN.UTF-8")];
    for (arguments, vi, en) in [
        (
            vec!["standalone", "--help"],
            "Cách dùng: standalone [TÙY CHỌN] [LỆNH]",
            "Usage: standalone [OPTIONS] [COMMAND]",
        ),
        (vec!["reporting", "-h"], "[biến môi trường: WORKERS]", "[env: WORKERS="),
        (vec!["identity", "help"], "Lệnh:", "Commands:"),
        (vec!["standalone", "help", "erase-person"], "- purpose_ended: mục đích đã đạt được", "- purpose_ended:"),
        (vec!["membership", "verify", "--help"], "--witness <SỐ:BĂM>", "--witness <SEQ:HASH>"),
        (vec!["enterprise-registry", "--version"], "enterprise-registry 0.1.0", "enterprise-registry 0.1.0"),
    ] {
        let (code, printed, said) = run(&arguments, &vietnamese);
        assert_eq!((code, said.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(printed.contains(vi), "{arguments:?}: {printed}");
        let (code, printed, said) = run(&arguments, &[("SCREEN_LANGUAGE", "en"), ("LANG", "vi_VN.UTF-8")]);
        assert_eq!((code, said.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(printed.contains(en), "{arguments:?}: {printed}");
    }
    let (_, printed, _) = run(&["standalone", "verify", "--help", "--language", "en"], &vietnamese);
    assert!(printed.contains("Usage: standalone verify"), "{printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_finds_nothing_says_so_in_the_language_asked_for() {
    let database = TestApp::start().await.stop().await;
    let nobody = "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f";
    let set_aside = ["set-aside", "--service", "membership", "--source", "enterprise-registry", "--entry", nobody];
    for (vi, en, arguments) in [
        ("không có hộ kinh doanh nào có mã", "no household has the id", vec!["erase-household", nobody]),
        ("không có người nào có mã", "no person has the id", vec!["erase-person", nobody]),
        ("không có mục nào cần tạm gác", "there is nothing to set aside", [&set_aside[..], &["--reason"]].concat()),
        ("lý do (--reason) không hợp lệ", "the reason: ", [&set_aside[..], &["--reason", "x"]].concat()),
    ] {
        let rest = match arguments.last() {
            Some(&"--reason") => vec!["không đọc được mục này"],
            Some(&"x") => vec![],
            _ => vec!["--ground", "purpose_ended"],
        };
        let arguments = [arguments, rest].concat();
        for (language, wanted, other) in [("vi_VN.UTF-8", vi, en), ("en_GB.UTF-8", en, vi)] {
            let (code, said) = run_on(&database, &arguments, &[("LANG", language)]);
            assert!(code == Some(1) && said.contains(wanted) && !said.contains(other), "{arguments:?}: {said}");
        }
    }
}
