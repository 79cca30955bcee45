//! Records found by the words of their texts, in any order and by their beginnings, accents aside.
//!
//! The table `search_words` of a service holds each word of each record with the record's area; it is kept in the transaction
//! that changes the record. A word that few records have leads to them. Words that many have are looked for while a list is
//! read in its order, since a page is full soon.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::Condition;
use crate::Id;
use crate::Result;
use crate::id::SqlId;
use crate::storage::{AnyConnection, Bound, Statement, Tx, insert_rows, listed_texts};
use crate::text::{SearchWords, search_key, words_in};

/// How many records a word may have for a list to be read from the word.
const FEW: usize = 1000;
/// How many records each of several words may have for those that have all of them to be looked for first.
const SEVERAL: usize = 20_000;
/// How many characters of a long word are compared.
const WORD_LENGTH_MAX: usize = 60;

/// The words of a record in an area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordsOf {
    /// The area.
    pub area: String,
    /// The text that is searched: the words, each with a space before it.
    pub text: String,
}

impl WordsOf {
    fn words(&self) -> BTreeSet<&str> {
        self.text.split_whitespace().collect()
    }
}

/// The words of some texts of a record, as [`WordsOf`] holds them.
#[must_use]
pub fn text_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let words = texts.into_iter().flat_map(|text| kept_words(&search_key(text)).collect::<Vec<_>>());
    words.map(|word| format!(" {word}")).collect()
}

/// The words in a folded text, as far as they are kept.
fn kept_words(key: &str) -> impl Iterator<Item = String> {
    words_in(key).map(|word| word.chars().take(WORD_LENGTH_MAX).collect())
}

/// Keeps the words of a record; `before` is what was kept of it.
///
/// # Errors
/// Fails when the database does.
pub fn put(tx: &mut Tx<'_>, record: Id, before: Option<&WordsOf>, after: &WordsOf) -> Result<()> {
    let is_elsewhere = before.is_some_and(|before| before.area != after.area);
    let had = before.map(WordsOf::words).unwrap_or_default();
    let has = after.words();
    let gone: Vec<&str> = had.iter().filter(|word| is_elsewhere || !has.contains(*word)).copied().collect();
    if let Some(before) = before.filter(|_| !gone.is_empty()) {
        let listed = listed_texts(tx.conn(), "$3");
        let query = format!("DELETE FROM search_words WHERE area_id = $1 AND record_id = $2 AND word IN ({listed})");
        let gone = Bound::Text(serde_json::to_string(&gone)?);
        Statement::new(&query, vec![Bound::Text(before.area.clone()), Bound::Id(record), gone]).execute(tx.conn())?;
    }
    let come = has.iter().filter(|word| is_elsewhere || !had.contains(*word));
    let rows = come.map(|word| vec![Bound::text(&after.area), Bound::text(*word), Bound::Id(record)]).collect();
    insert_rows(tx.conn(), "search_words", &[("area_id", "text"), ("word", "text"), ("record_id", "uuid")], rows)
}

/// The records to look among: `ids`, or all where every word is frequent; and the condition that the words stand in the
/// text of a row.
#[derive(Debug, Clone)]
pub struct Search {
    /// The only records that can have all the words; nothing where there are many.
    pub ids: Option<Vec<Id>>,
    /// That the row has all the words in its column `search_text`.
    pub condition: Condition,
}

#[derive(QueryableByName)]
struct Match {
    #[diesel(sql_type = SqlId)]
    record_id: Id,
}

/// That the words of a search stand in the text of a row, in its column `search_text`: for tables of few rows, whose words are
/// not kept apart.
#[must_use]
pub fn condition_of(sought: &SearchWords) -> Condition {
    let sought = sought.whole();
    if sought.is_empty() {
        return Condition::new("1 = 1", Vec::new());
    }
    standing_in_text(&kept_words(&sought).collect::<Vec<_>>())
}

fn standing_in_text(words: &[String]) -> Condition {
    if words.is_empty() {
        // Signs alone are no word, and find nothing.
        return Condition::new("1 = 0", Vec::new());
    }
    let like = |word: &String| Bound::Text(format!("% {word}%"));
    let each = words.iter().map(|_| "t.search_text LIKE {}").collect::<Vec<_>>().join(" AND ");
    Condition::new(format!("({each})"), words.iter().map(like).collect())
}

/// Looks for words in some areas; nothing: in all.
///
/// # Errors
/// Fails when the database does.
pub fn look_for(conn: &mut AnyConnection, areas: Option<&[String]>, sought: &SearchWords) -> Result<Search> {
    let sought = sought.whole();
    if sought.is_empty() {
        return Ok(Search { ids: None, condition: Condition::new("1 = 1", Vec::new()) });
    }
    let words: Vec<String> = kept_words(&sought).collect();
    let condition = standing_in_text(&words);
    let mut ids: Option<BTreeSet<Id>> = if words.is_empty() { Some(BTreeSet::new()) } else { None };
    let most = if words.len() > 1 { SEVERAL } else { FEW };
    for word in &words {
        let with_word = matches(conn, areas, word, most)?;
        if with_word.len() <= most {
            let with_word: BTreeSet<Id> = with_word.into_iter().collect();
            ids = Some(match ids {
                Some(ids) => ids.intersection(&with_word).copied().collect(),
                None => with_word,
            });
        }
    }
    // Where many have all the words, a page of the list in its order is full soon.
    let ids = ids.filter(|ids| ids.len() <= FEW).map(|ids| ids.into_iter().collect());
    Ok(Search { ids, condition })
}

/// The records that have a word which begins so, but no more than is needed to know that there are many.
fn matches(conn: &mut AnyConnection, areas: Option<&[String]>, word: &str, most: usize) -> Result<Vec<Id>> {
    let query = match (&*conn, areas) {
        (_, None) => {
            "SELECT record_id FROM search_words WHERE word >= $1 AND word < $2 LIMIT $4".to_owned()
        }
        (AnyConnection::Sqlite(_), Some(_)) => "SELECT w.record_id FROM json_each($3) e CROSS JOIN search_words w \
             ON w.area_id = e.value AND w.word >= $1 AND w.word < $2 LIMIT $4"
            .to_owned(),
        (AnyConnection::Postgres(_), Some(_)) => "SELECT x.record_id FROM json_array_elements_text($3::json) e CROSS JOIN \
             LATERAL (SELECT w.record_id FROM search_words w WHERE w.area_id = e.value AND w.word >= $1 AND w.word < $2 \
             LIMIT $4) x LIMIT $4"
            .to_owned(),
    };
    let limit = i64::try_from(most + 1).unwrap_or(i64::MAX);
    let values = vec![
        Bound::Text(word.to_owned()),
        Bound::Text(format!("{word}\u{7f}")),
        Bound::Text(serde_json::to_string(areas.unwrap_or_default())?),
        Bound::Number(limit),
    ];
    let found: Vec<Match> = Statement::new(&query, values).load(conn)?;
    Ok(found.into_iter().map(|found| found.record_id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_letters_and_digits_make() {
        let of = |text: &str| text_of([text]);
        assert_eq!(of("Công ty TNHH \"Ánh-Dương\" & Đức"), " cong ty tnhh anh duong duc");
        assert_eq!(of("0900123452-001"), " 0900123452 001");
        assert_eq!(of("Hoà Phong"), of("hòa  PHONG"));
        assert_eq!(of(" & "), "");
        assert_eq!(of(&"a".repeat(300)).len(), WORD_LENGTH_MAX + 1);
    }
}
