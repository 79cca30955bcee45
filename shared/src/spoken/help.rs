//! `--help` in Vietnamese: a program's command line with the texts of `messages/help_vi.toml` instead of its own.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::OnceLock;

use clap::builder::Str;
use clap::{Arg, ArgAction, Command};

/// How many characters a line of the help has.
const WIDTH: usize = 90;

/// The texts of one program, or those that all have.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    about: Option<String>,
    /// By the command's name.
    #[serde(default)]
    commands: BTreeMap<String, String>,
    /// By the argument's id, or by `command.id` where commands mean different things by one id.
    #[serde(default)]
    args: BTreeMap<String, String>,
    /// What stands for a value: `FILE`.
    #[serde(default)]
    names: BTreeMap<String, String>,
    /// What a value of a closed list means.
    #[serde(default)]
    values: BTreeMap<String, String>,
}

/// The texts by program, and under `common` those of all.
type Book = BTreeMap<String, Section>;

fn book() -> &'static Book {
    static BOOK: OnceLock<Book> = OnceLock::new();
    BOOK.get_or_init(|| {
        toml::from_str(include_str!("../../messages/help_vi.toml")).unwrap_or_else(|error| {
            log::error!("the Vietnamese help cannot be read: {error}");
            Book::default()
        })
    })
}

/// Where texts are looked up: the program's own first, then those of all.
struct Texts {
    sections: [Option<&'static Section>; 2],
}

impl Texts {
    fn find(&self, key: &str, of: fn(&Section) -> &BTreeMap<String, String>) -> Option<&'static str> {
        self.sections.iter().flatten().find_map(|section| of(section).get(key)).map(String::as_str)
    }

    fn arg(&self, command: Option<&str>, id: &str) -> Option<&'static str> {
        let by_command = command.and_then(|command| self.find(&format!("{command}.{id}"), |one| &one.args));
        by_command.or_else(|| self.find(id, |one| &one.args))
    }
}

/// Puts a program's command line into Vietnamese: what is parsed stays the same. A text that is missing stays English.
#[must_use]
pub fn in_vietnamese(command: Command) -> Command {
    let program = book().get(command.get_name());
    let texts = Texts { sections: [program, book().get("common")] };
    let about = program.and_then(|section| section.about.as_ref());
    let version = Arg::new("version").short('V').long("version").action(ArgAction::Version).display_order(usize::MAX);
    let command = match about {
        Some(about) => command.about(wrapped(about)).long_about(None),
        None => command,
    };
    let command = put(&texts, None, command.disable_version_flag(true).arg(version));
    // How a command is called is known of the whole tree only.
    let mut built = command.clone();
    built.build();
    with_usage(command, &mut built)
}

fn put(texts: &Texts, name: Option<&str>, command: Command) -> Command {
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help).display_order(usize::MAX - 1);
    let command = command
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .subcommand_help_heading("Lệnh")
        .subcommand_value_name("LỆNH")
        .next_line_help(true)
        .arg(help)
        .mut_args(|arg| put_arg(texts, name, arg));
    command.mut_subcommands(|sub| {
        let name = sub.get_name().to_owned();
        let sub = match texts.find(&name, |one| &one.commands) {
            Some(about) => sub.about(wrapped(about)).long_about(None),
            None => sub,
        };
        put(texts, Some(&name), sub)
    })
}

fn put_arg(texts: &Texts, command: Option<&str>, arg: Arg) -> Arg {
    let heading = if arg.is_positional() { "Đối số" } else { "Tùy chọn" };
    let english = || arg.get_help().map(ToString::to_string);
    let text = texts.arg(command, arg.get_id().as_str()).map(str::to_owned).or_else(english).unwrap_or_default();
    let takes_values = arg.get_action().takes_values();
    let (mut text, mut notes) = (wrapped(&text), Vec::new());
    if let Some(variable) = arg.get_env() {
        notes.push(format!("[biến môi trường: {}]", variable.to_string_lossy()));
    }
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if takes_values && !defaults.is_empty() {
        notes.push(format!("[mặc định: {}]", defaults.join(", ")));
    }
    let possible = arg.get_possible_values();
    if takes_values && !possible.is_empty() {
        let names: Vec<_> = possible.iter().map(|value| value.get_name()).collect();
        notes.push(format!("[giá trị: {}]", names.join(", ")));
    }
    for value in possible.iter().filter(|value| takes_values && value.get_help().is_some()) {
        let english = value.get_help().map(ToString::to_string).unwrap_or_default();
        let meaning = texts.find(value.get_name(), |one| &one.values).unwrap_or(english.as_str());
        let _ = write!(text, "\n- {}: {meaning}", value.get_name());
    }
    for note in notes {
        let _ = write!(text, "\n{note}");
    }
    let names: Vec<Str> = arg
        .get_value_names()
        .unwrap_or_default()
        .iter()
        .map(|name| texts.find(name, |one| &one.names).map_or_else(|| name.clone(), Str::from))
        .collect();
    let arg = if takes_values && !names.is_empty() { arg.value_names(names) } else { arg };
    arg.help(text.clone())
        .long_help(text)
        .help_heading(heading)
        .hide_env(true)
        .hide_default_value(takes_values)
        .hide_possible_values(takes_values)
}

/// Gives a command and those below it their headings, and the line that says how each is called.
fn with_usage(command: Command, built: &mut Command) -> Command {
    let usage = built.render_usage().to_string().replace("Usage: ", "").replace("[OPTIONS]", "[TÙY CHỌN]");
    let style = command.get_styles().get_usage();
    let template = format!("{{about-with-newline}}\n{style}Cách dùng:{style:#} {}\n\n{{all-args}}", usage.trim());
    command.help_template(template).mut_subcommands(|sub| match built.find_subcommand_mut(sub.get_name()) {
        Some(built) => with_usage(sub, built),
        None => sub,
    })
}

/// Breaks a text into lines between its words.
fn wrapped(text: &str) -> String {
    let (mut lines, mut width) = (String::new(), 0);
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > WIDTH {
            lines.push('\n');
            width = 0;
        } else if width > 0 {
            lines.push(' ');
            width += 1;
        }
        lines.push_str(word);
        width += length;
    }
    lines
}
