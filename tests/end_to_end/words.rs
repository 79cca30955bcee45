//! How the documents are written: sentences that are read once, and one word for one thing.

use std::path::Path;

use crate::documents::merged;

const DOCUMENTS: [&str; 6] = [
    "README.md",
    "ARCHITECTURE.md",
    "OPERATIONS.md",
    "docs/keeping-a-copy.md",
    "docs/signing-in.md",
    "docs/security-checklist.md",
];
const WORDS_MAX: usize = 30;

/// Words of this project's own making that a reader from outside reads as something else, each with what to write.
const HOME_MADE: [(&str, &str); 44] = [
    ("tells of", "records, returns or contains"),
    ("told by", "recorded by, named by"),
    ("told of", "recorded of, informed of"),
    ("told anew", "written again"),
    ("latest telling", "latest version"),
    ("the chain holds", "the chain stays valid"),
    ("last key", "old key"),
    ("previous key", "old key"),
    ("next key", "new key"),
    ("present key", "current key"),
    ("present one", "current one"),
    ("handed back", "returned, stored"),
    ("let go", "closed, cancelled"),
    ("are let through", "are admitted"),
    ("borne", "kept open"),
    ("the books", "this system; the start date of recording"),
    ("these books", "this system"),
    ("house rules", "project rules"),
    ("in flight", "transfer pending"),
    ("living", "active"),
    ("anew", "again"),
    ("traps", "miscount tests"),
    ("poke", "asks the source for its newest entries"),
    ("sweep", "background scan"),
    ("a fork", "a diverged journal"),
    ("forks", "diverged journals"),
    ("a tail", "the newest entries"),
    ("witness", "saved head"),
    ("emptied entry", "redacted entry"),
    ("within reach", "in the caller's scope"),
    ("own reach", "own scope"),
    ("whose reach", "whose scope"),
    ("caller's reach", "caller's scope"),
    ("out of reach", "outside the caller's scope"),
    ("a look", "an access, a lookup, a scan"),
    ("a stranger", "a client without access; a fuzzer"),
    ("decision paper", "decision"),
    ("the papers", "the decisions"),
    ("its paper", "its decision"),
    ("hangs together", "works together"),
    ("there is no way down", "downgrades are not supported"),
    ("the leaves", "the communes"),
    ("stands in", "is in, is stored in"),
    ("stand in", "are in, are stored in"),
];

/// Text outside of code: paragraphs, list items and table rows, each with the line where it begins.
fn passages(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let (mut is_code, mut goes_on) = (false, false);
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with("```") {
            is_code = !is_code;
        }
        let is_comment = line.starts_with("<!--");
        if is_code || line.is_empty() || is_comment || line.starts_with("```") || line.starts_with('#') {
            goes_on = false;
            continue;
        }
        let is_item =
            line.starts_with("- ") || line.split_once(". ").is_some_and(|(head, _)| head.parse::<u8>().is_ok());
        match found.last_mut() {
            Some((_, passage)) if goes_on && !is_item && !line.starts_with('|') => {
                passage.push(' ');
                passage.push_str(line);
            }
            _ => found.push((number + 1, line.to_owned())),
        }
        goes_on = !line.starts_with('|');
    }
    found
}

/// The passage with each piece of code in it as one word.
fn prose(passage: &str) -> String {
    passage.split('`').enumerate().map(|(at, part)| if at % 2 == 1 { "CODE" } else { part }).collect()
}

/// The sentences of a passage: each ends with a full stop, a question mark or an exclamation mark before a space.
fn sentences(prose: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for word in prose.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)) {
        let sentence = found.last_mut().expect("one");
        sentence.push_str(word);
        sentence.push(' ');
        if word.trim_end_matches([')', '*', '"', '\'']).ends_with(['.', '?', '!']) {
            found.push(String::new());
        }
    }
    found.into_iter().map(|sentence| sentence.trim().to_owned()).filter(|sentence| !sentence.is_empty()).collect()
}

/// The words of the project's own making in a text, each with what to write.
fn home_made(prose: &str) -> Vec<String> {
    let text = format!(" {}", prose.to_lowercase().replace(['(', '"', '*', '|', '\n'], " "));
    let ends = |rest: &str| !rest.starts_with(char::is_alphanumeric);
    let stands = |word: &str| {
        let word = format!(" {word}");
        text.match_indices(&word).any(|(at, _)| ends(&text[at + word.len()..]))
    };
    let found = HOME_MADE.iter().filter(|(word, _)| stands(word));
    found
        .map(|(word, instead)| format!("\"{word}\"; write: {instead}: {}", prose.chars().take(120).collect::<String>()))
        .collect()
}

fn faults_of(document: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (line, passage) in passages(text) {
        let is_row = passage.starts_with('|');
        let prose = prose(&passage);
        faults.extend(home_made(&prose).into_iter().map(|fault| format!("{document}:{line}: {fault}")));
        for sentence in sentences(&prose).into_iter().filter(|_| !is_row) {
            let words = sentence.split(' ').count();
            if words > WORDS_MAX {
                faults.push(format!("{document}:{line}: a sentence of {words} words: {sentence}"));
            }
            let begins =
                ["Who ", "Whoever ", "What "].iter().any(|word| sentence.trim_start_matches('*').starts_with(word));
            if begins && !sentence.trim_end_matches('*').ends_with(['?', ':']) {
                faults.push(format!("{document}:{line}: a clause as the subject: {sentence}"));
            }
        }
    }
    faults
}

#[test]
fn the_documents_have_short_sentences_and_no_words_of_the_projects_own_making() {
    let mut faults = Vec::new();
    for document in DOCUMENTS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(document);
        faults.extend(faults_of(document, &std::fs::read_to_string(path).unwrap()));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Every description and summary in an API document.
fn described(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(text) if ["description", "summary"].contains(&name.as_str()) => found.push(text.to_owned()),
                    _ => described(value, found),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| described(item, found)),
        _ => {}
    }
}

#[test]
fn the_api_document_has_no_words_of_the_projects_own_making() {
    let mut texts = Vec::new();
    described(&merged(), &mut texts);
    assert!(texts.len() > 1000, "{}", texts.len());
    let mut faults: Vec<String> = texts.iter().flat_map(|text| home_made(&prose(text))).collect();
    faults.sort();
    faults.dedup();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn module_documents_have_no_words_of_the_projects_own_making() {
    let mut faults = Vec::new();
    for (name, text) in crate::house::all_sources() {
        let lines = text.lines().take_while(|line| line.starts_with("//!"));
        let document: Vec<&str> = lines.map(|line| line.trim_start_matches("//!")).collect();
        let is_test = name.starts_with("tests/");
        faults.extend(
            home_made(&prose(&document.join(" ")))
                .into_iter()
                .filter(|_| !is_test)
                .map(|fault| format!("{name}: {fault}")),
        );
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_long_sentence_and_a_word_of_the_projects_own_making_are_found() {
    let long = format!("One, two and\nthree. {} end.\n", "word ".repeat(WORDS_MAX));
    assert_eq!(faults_of("one", &long).len(), 1, "a sentence goes on over lines, and begins after a full stop");
    let code = format!("```sh\n{long}```\n| {} |\n", long.replace('\n', " "));
    assert_eq!(faults_of("one", &code), Vec::<String>::new(), "code and tables have no sentences");
    let words = "The entry is told by another.\n- `told by` is code.\n- It was retold by hand.\n\nWho calls is counted. Who calls?\n";
    let found = faults_of("one", words);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with("one:1:") && found[1].starts_with("one:5:"), "{found:#?}");
}
