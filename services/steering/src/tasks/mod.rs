//! Tasks (nhiệm vụ) that a steering body gives to other bodies, or to those who hold their seats.
//!
//! - What is given to several receivers at once is a group. Each receiver has a task with a state of its own, and the group is the table
//!   of who is done.
//! - The receiver acknowledges the task, starts it, and reports. The giver accepts the report, which ends the task, or returns it with a
//!   reason. The giver may set another due day, or cancel the task.
//! - A report is accepted or returned by another caller than the one who recorded it. That caller neither withdraws the acceptance nor the
//!   return. A report that was accepted or returned is not corrected.
//! - A task is overdue when its due day is over, in Viet Nam, and its receiver still owes a report. That is never stored. A report that
//!   waits for the giver is not overdue.
//! - The state of a task is computed from its acts, each of which can be corrected and withdrawn.
//! - A task is in the area of its receiver, which decides who sees it. Acts of the giver need the giver's area too.

mod acts;
mod change;
mod commands;
mod corrections;
mod http;
mod store;
mod verify;

pub use acts::{
    Acceptance, Acknowledgement, Cancellation, Extension, GiveTask, Giving, NewReceiver, Report, Return, Start,
    TaskAct, give,
};
pub use change::{Given, TaskTally, record, tally};
pub use store::{KeptTask, Origin, list_given};
pub use verify::verify;

pub(crate) use acts::give_of;
pub(crate) use commands::{created_group, known_group};
pub(crate) use http::TaskGroup;
pub(crate) use store::{ConcludedRow, DueFilter, list_due, list_of_conference};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::list_tasks)
        .service(http::find_task)
        .service(http::list_task_history)
        .service(http::find_task_group)
        .service(commands::give_task)
        .service(commands::acknowledge_task)
        .service(commands::start_task)
        .service(commands::report_task)
        .service(commands::return_task)
        .service(commands::accept_task)
        .service(commands::extend_task)
        .service(commands::cancel_task)
        .service(commands::correct_task);
}
