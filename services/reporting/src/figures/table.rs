//! Figures as a table for people.

use std::fmt::Write;

use shared::messages::Language;
use shared::text::grouped;

use super::answer::{FigureRow, FigureState, FigureValue, Figures};

/// Writes figures as a readable table: an indicator a line, or with rows an area a line.
#[must_use]
pub fn table_of(figures: &Figures, language: Language) -> String {
    let mut text = String::new();
    let vietnamese = language == Language::Vietnamese;
    let area = figures.area.as_ref().map_or_else(
        || if vietnamese { "Toàn bộ địa bàn được xem" } else { "All areas within reach" }.to_owned(),
        |area| area.name.clone(),
    );
    let _ = writeln!(
        text,
        "{}: {area}, {} ({} - {})",
        if vietnamese { "Số liệu" } else { "Figures" },
        figures.period.code,
        figures.period.first_on.format("%d/%m/%Y"),
        figures.period.last_on.format("%d/%m/%Y"),
    );
    let _ = writeln!(text);
    totals(&mut text, figures, vietnamese);
    if !figures.rows.is_empty() {
        let _ = writeln!(text);
        rows(&mut text, figures, vietnamese);
    }
    let _ = writeln!(text);
    if figures.open_findings > 0 {
        let _ = writeln!(
            text,
            "{}: {}",
            if vietnamese { "Phát hiện chưa giải quyết" } else { "Open findings" },
            grouped(figures.open_findings)
        );
    }
    if figures.opening_bodies > 0 {
        let _ = writeln!(
            text,
            "{}: {}",
            if vietnamese {
                "Cấp ủy, công đoàn cấp trên còn ghi nhận hiện trạng ban đầu"
            } else {
                "Superior bodies that are still opening"
            },
            grouped(figures.opening_bodies)
        );
    }
    if figures.set_aside > 0 {
        let _ = writeln!(
            text,
            "{}: {}",
            if vietnamese {
                "Bản ghi không đọc được, chưa tính vào số liệu"
            } else {
                "Entries that could not be read and are not counted"
            },
            grouped(figures.set_aside)
        );
    }
    let _ = writeln!(text, "{}: {}", if vietnamese { "Số liệu tính đến" } else { "Data as of" }, figures.position);
    text
}

fn shown(value: &FigureValue, vietnamese: bool) -> String {
    match (value.state, value.value) {
        (FigureState::Value, Some(number)) => grouped(number),
        (FigureState::NoData, _) => if vietnamese { "không có số liệu" } else { "no data" }.to_owned(),
        _ => "-".to_owned(),
    }
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

fn totals(text: &mut String, figures: &Figures, vietnamese: bool) {
    let labels: Vec<&str> = figures
        .indicators
        .iter()
        .map(|one| if vietnamese { one.label_vi.as_str() } else { one.label_en.as_str() })
        .collect();
    let values: Vec<String> = figures.total.iter().map(|value| shown(value, vietnamese)).collect();
    let label_width = labels.iter().map(|label| width(label)).max().unwrap_or_default();
    let value_width = values.iter().map(|value| width(value)).max().unwrap_or_default();
    for ((indicator, label), value) in figures.indicators.iter().zip(labels).zip(values) {
        let _ = writeln!(
            text,
            "  {}  {}  {}",
            padded(&indicator.code, 4),
            padded(label, label_width),
            padded_left(&value, value_width)
        );
    }
}

/// A branch as people call it.
fn branch_name(key: &str, vietnamese: bool) -> &str {
    match (key, vietnamese) {
        ("party", true) => "Đảng",
        ("party", false) => "Party",
        ("union", true) => "Công đoàn",
        ("union", false) => "Trade union",
        ("none", true) => "Không thuộc",
        ("none", false) => "None",
        _ => key,
    }
}

fn rows(text: &mut String, figures: &Figures, vietnamese: bool) {
    let name = |row: &FigureRow| match (&row.area, &row.superior_body) {
        (Some(area), _) => area.name.clone(),
        (None, Some(body)) => body.name.clone(),
        (None, None) if row.key == "undecided" => if vietnamese { "Chưa xác định" } else { "Undecided" }.to_owned(),
        (None, None) => branch_name(&row.key, vietnamese).to_owned(),
    };
    let names: Vec<String> = figures.rows.iter().map(name).collect();
    let name_width = names.iter().map(|name| width(name)).max().unwrap_or_default();
    let cells: Vec<Vec<String>> = figures.rows.iter().map(|row| row.values.iter().map(short).collect()).collect();
    let widths: Vec<usize> = (0..figures.indicators.len())
        .map(|column| {
            let head = figures.indicators.get(column).map_or(0, |one| width(&one.code));
            cells.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or_default().max(head)
        })
        .collect();
    let line = |cells: Vec<&str>| {
        cells.iter().zip(&widths).map(|(cell, to)| padded_left(cell, *to)).collect::<Vec<_>>().join("  ")
    };
    let heads = figures.indicators.iter().map(|one| one.code.as_str()).collect();
    let _ = writeln!(text, "  {}  {}", padded("", name_width), line(heads));
    for (name, row) in names.iter().zip(&cells) {
        let _ = writeln!(text, "  {}  {}", padded(name, name_width), line(row.iter().map(String::as_str).collect()));
    }
    let _ = writeln!(text, "  {}", if vietnamese { ". = không có số liệu" } else { ". = no data" });
}

fn short(value: &FigureValue) -> String {
    match (value.state, value.value) {
        (FigureState::Value, Some(number)) => grouped(number),
        (FigureState::NoData, _) => ".".to_owned(),
        _ => "-".to_owned(),
    }
}
