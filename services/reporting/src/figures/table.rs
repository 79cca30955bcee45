//! Figures as a table for people, and for spreadsheets.

use std::fmt::Write;

use chrono::NaiveDate;
use shared::messages::Language;
use shared::published::Branch;
use shared::text::grouped;

use super::answer::{FigureRow, FigureState, FigureValue, Figures, PeriodState};
use crate::indicators::Indicator;

/// How wide a table is at most, in characters: a terminal shows as many, and a page.
const WIDTH_MAX: usize = 100;

/// Writes figures as a readable table: an indicator a line, or with rows an area a line.
#[must_use]
pub fn table_of(figures: &Figures, language: Language) -> String {
    let words = Words(language);
    let mut text = String::new();
    let everything =
        || words.0.choose("Toàn bộ phạm vi được phân quyền", "All areas that the caller may read").to_owned();
    let area = figures.area.as_ref().map_or_else(everything, |area| area.name.clone());
    let _ = writeln!(
        text,
        "{}: {area}, {} ({} - {}{})",
        words.0.choose("Số liệu", "Figures"),
        words.period(&figures.period.code),
        words.day(figures.period.first_on),
        words.day(figures.period.last_on),
        match figures.period.state {
            PeriodState::NotBegun => words.0.choose(", chưa bắt đầu", ", not begun"),
            PeriodState::Running => words.0.choose(", chưa kết thúc", ", still running"),
            PeriodState::Ended => "",
        },
    );
    let _ = writeln!(text);
    totals(&mut text, figures, words);
    if !figures.rows.is_empty() {
        rows(&mut text, figures, words);
    }
    let _ = writeln!(text);
    for (what, count) in [
        (words.0.choose("Nội dung cần rà soát, chưa xử lý", "Open findings"), figures.open_findings),
        (
            words.0.choose(
                "Cấp ủy, công đoàn cấp trên còn ghi nhận hiện trạng ban đầu",
                "Superior bodies that are still opening",
            ),
            figures.opening_bodies,
        ),
        (
            words.0.choose(
                "Bản ghi không đọc được, chưa tính vào số liệu",
                "Entries that could not be read and are not counted",
            ),
            figures.set_aside,
        ),
    ] {
        if count > 0 {
            let _ = writeln!(text, "{what}: {}", words.number(count));
        }
    }
    let _ = writeln!(text, "{}: {}", words.0.choose("Mốc dữ liệu", "Position of the data"), figures.position);
    text
}

/// What a table says in a language, and how it writes numbers and days.
#[derive(Debug, Clone, Copy)]
struct Words(Language);

impl Words {
    fn number(self, number: i64) -> String {
        let text = grouped(number);
        if self.0 == Language::Vietnamese { text } else { text.replace('.', ",") }
    }

    fn day(self, day: NaiveDate) -> String {
        day.format(self.0.choose("%d/%m/%Y", "%Y-%m-%d")).to_string()
    }

    /// A period as people call it.
    fn period(self, code: &str) -> String {
        let (year, part) = code.split_once('-').unwrap_or((code, ""));
        match (part, self.0) {
            ("H1", Language::Vietnamese) => format!("6 tháng đầu năm {year}"),
            ("H1", Language::English) => format!("first half of {year}"),
            ("H2", Language::Vietnamese) => format!("6 tháng cuối năm {year}"),
            ("H2", Language::English) => format!("second half of {year}"),
            ("", Language::Vietnamese) => format!("năm {year}"),
            ("", Language::English) => year.to_owned(),
            (quarter, Language::Vietnamese) if quarter.starts_with('Q') => {
                format!("quý {} năm {year}", quarter.trim_start_matches('Q'))
            }
            (quarter, Language::English) if quarter.starts_with('Q') => {
                format!("quarter {} of {year}", quarter.trim_start_matches('Q'))
            }
            (month, Language::Vietnamese) => format!("tháng {month} năm {year}"),
            (_, Language::English) => code.to_owned(),
        }
    }

    fn value(self, value: &FigureValue) -> String {
        match (value.state, value.value) {
            (FigureState::Value, Some(number)) => self.number(number),
            (FigureState::Partial, Some(number)) => format!("{}*", self.number(number)),
            (FigureState::NoData, _) => ".".to_owned(),
            _ => "-".to_owned(),
        }
    }

    /// A branch as people call it.
    fn branch(self, branch: Option<Branch>) -> &'static str {
        match branch {
            Some(Branch::Party) => self.0.choose("Đảng", "Party"),
            Some(Branch::Union) => self.0.choose("Công đoàn", "Trade union"),
            None => self.0.choose("Không thuộc", "None"),
        }
    }

    fn row(self, row: &FigureRow) -> String {
        match (&row.area, &row.superior_body) {
            (Some(area), _) => area.name.clone(),
            (None, Some(body)) => body.name.clone(),
            (None, None) if row.key == "undecided" => {
                self.0.choose("Chưa xác định đơn vị hành chính mới", "Undecided").to_owned()
            }
            (None, None) => self.branch(row.branch).to_owned(),
        }
    }
}

/// The columns of a table for spreadsheets.
pub(super) const SHEET_HEAD: [&str; 6] = ["key", "name", "indicator", "label", "value", "state"];

/// Figures as lines of a table for spreadsheets: the totals first, then each row.
pub(super) fn sheet_of(figures: &Figures, language: Language) -> Vec<Vec<String>> {
    let words = Words(language);
    let whole = figures.area.as_ref().map(|area| area.name.clone()).unwrap_or_default();
    let total = std::iter::once(("total".to_owned(), whole, &figures.total));
    let rows = figures.rows.iter().map(|row| (row.key.clone(), words.row(row), &row.values));
    let line = |key: &str, name: &str, indicator: &Indicator, value: &FigureValue| {
        let label = words.0.choose(&indicator.label_vi, &indicator.label_en).to_owned();
        let number = value.value.map(|number| number.to_string()).unwrap_or_default();
        let state: &str = value.state.into();
        vec![key.to_owned(), name.to_owned(), value.indicator.clone(), label, number, state.to_owned()]
    };
    let all = total.chain(rows).flat_map(|(key, name, values)| {
        let told = figures.indicators.iter().zip(values);
        told.map(move |(indicator, value)| line(&key, &name, indicator, value))
    });
    all.collect()
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn padded(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

fn padded_left(text: &str, to: usize) -> String {
    format!("{}{text}", " ".repeat(to.saturating_sub(width(text))))
}

fn totals(text: &mut String, figures: &Figures, words: Words) {
    let labels: Vec<&str> = figures.indicators.iter().map(|one| words.0.choose(&one.label_vi, &one.label_en)).collect();
    let values: Vec<String> = figures.total.iter().map(|value| words.value(value)).collect();
    let label_width = labels.iter().map(|label| width(label)).max().unwrap_or_default();
    let value_width = values.iter().map(|value| width(value)).max().unwrap_or_default();
    for ((indicator, label), value) in figures.indicators.iter().zip(labels).zip(values) {
        let (code, label) = (padded(&indicator.code, 4), padded(label, label_width));
        let _ = writeln!(text, "  {code}  {label}  {}", padded_left(&value, value_width));
    }
    let legend = words.0.choose(
        ". = không có số liệu, - = không áp dụng, * = mới có một phần số liệu",
        ". = no data, - = not applicable, * = data are incomplete",
    );
    let _ = writeln!(text, "  {legend}");
}

/// The rows: their columns are parted into tables of at most the width, which stand one below the other.
fn rows(text: &mut String, figures: &Figures, words: Words) {
    let names: Vec<String> = figures.rows.iter().map(|row| words.row(row)).collect();
    let name_width = names.iter().map(|name| width(name)).max().unwrap_or_default();
    let columns: Vec<Vec<String>> = figures
        .indicators
        .iter()
        .enumerate()
        .map(|(at, indicator)| {
            let cells =
                figures.rows.iter().map(|row| row.values.get(at).map_or_else(String::new, |one| words.value(one)));
            std::iter::once(indicator.code.clone()).chain(cells).collect()
        })
        .collect();
    let width_of = |column: &[String]| column.iter().map(|cell| width(cell)).max().unwrap_or_default();
    let mut left = columns.as_slice();
    while !left.is_empty() {
        let mut used = 2 + name_width;
        let fitting = left.iter().take_while(|column| {
            used += 2 + width_of(column);
            used <= WIDTH_MAX
        });
        let (together, others) = left.split_at(fitting.count().max(1));
        left = others;
        let _ = writeln!(text);
        for (line, name) in std::iter::once("").chain(names.iter().map(String::as_str)).enumerate() {
            let _ = write!(text, "  {}", padded(name, name_width));
            for column in together {
                let cell = column.get(line).map_or("", String::as_str);
                let _ = write!(text, "  {}", padded_left(cell, width_of(column)));
            }
            let _ = writeln!(text);
        }
    }
}
