//! What is due of a task.

use chrono::{Datelike as _, Days, NaiveDate};
use serde::{Deserialize, Serialize};

/// What is due. More may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DueKind {
    /// The receiver has to report on the task.
    Task,
    /// The receiver reported: the giver has to accept or return it.
    ReportToJudge,
    /// The receiving body works no more, or nobody holds the seat that is charged: the task has to be given to somebody else.
    TaskToHandOver,
    /// The term of the body ends: it has to be reconstituted or ended.
    Term,
}

/// What is due of an open task.
pub(super) fn kind_of(is_reported: bool, has_receiver: bool) -> DueKind {
    match (is_reported, has_receiver) {
        (true, _) => DueKind::ReportToJudge,
        (false, true) => DueKind::Task,
        (false, false) => DueKind::TaskToHandOver,
    }
}

/// The last day of the month of a day.
pub(super) fn end_of_month(on: NaiveDate) -> NaiveDate {
    let (year, month) = if on.month() == 12 { (on.year() + 1, 1) } else { (on.year(), on.month() + 1) };
    let next = NaiveDate::from_ymd_opt(year, month, 1);
    next.and_then(|first| first.checked_sub_days(Days::new(1))).unwrap_or(on)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_on_its_last_day() {
        for (on, end) in [("2024-02-01", "2024-02-29"), ("2022-12-31", "2022-12-31"), ("2022-06-15", "2022-06-30")] {
            let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
            assert_eq!(end_of_month(day(on)), day(end));
        }
    }

    #[test]
    fn a_report_waits_for_the_giver_also_where_its_receiver_is_gone() {
        assert_eq!(kind_of(true, false), DueKind::ReportToJudge);
        assert_eq!(kind_of(false, false), DueKind::TaskToHandOver);
        assert_eq!(kind_of(false, true), DueKind::Task);
    }
}
