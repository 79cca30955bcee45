//! Turns a failure of the database into an answer for the caller.
//!
//! Diesel maps most failures by their SQLSTATE, but not lock timeouts and a server that is shutting down. These are
//! recognised by the server's primary message. Every connection sets and checks its language ([`super::engine`]), so
//! the texts are those of the server's source.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// Faults that go by themselves, as the server's source words them: the SQLSTATE and the beginning of the message.
const PASSING: [(&str, &str); 6] = [
    ("55P03", "canceling statement due to lock timeout"),
    ("57014", "canceling statement due to statement timeout"),
    ("40P01", "deadlock detected"),
    ("57P01", "terminating connection due to administrator command"),
    ("57P02", "terminating connection because of crash of another server process"),
    // SQLite's SQLITE_BUSY.
    ("busy", "database is locked"),
];

/// Says whether the connection is gone: what was asked on it was not done, or nobody can tell.
pub(super) fn is_lost(error: &DieselError) -> bool {
    let DieselError::DatabaseError(kind, information) = error else {
        return matches!(error, DieselError::BrokenTransactionManager);
    };
    let is_ending =
        |state: &str| PASSING.iter().any(|(one, said)| *one == state && information.message().starts_with(said));
    matches!(kind, DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand)
        || is_ending("57P01")
        || is_ending("57P02")
}

/// Says whether the same request may succeed when it comes again: a lock was waited for too long, two transactions
/// waited for one another, the server stops, or the connection is gone.
pub(crate) fn is_passing(error: &DieselError) -> bool {
    let is_told = |information: &dyn diesel::result::DatabaseErrorInformation| {
        PASSING.iter().any(|(_, said)| information.message().starts_with(said))
    };
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, information) => is_told(information.as_ref()),
        _ => is_lost(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: DatabaseErrorKind, said: &str) -> DieselError {
        DieselError::DatabaseError(kind, Box::new(said.to_owned()))
    }

    #[test]
    fn a_fault_that_passes_is_told_from_one_that_stays() {
        use DatabaseErrorKind as Kind;
        for (error, passes, lost) in [
            (told(Kind::Unknown, "canceling statement due to lock timeout"), true, false),
            (told(Kind::Unknown, "deadlock detected"), true, false),
            (told(Kind::SerializationFailure, "could not serialize access"), true, false),
            (told(Kind::ClosedConnection, "server closed the connection unexpectedly"), true, true),
            (told(Kind::Unknown, "terminating connection due to administrator command"), true, true),
            (told(Kind::Unknown, "syntax error at or near \"x\""), false, false),
            (told(Kind::UniqueViolation, "duplicate key value"), false, false),
            (DieselError::NotFound, false, false),
        ] {
            assert_eq!((is_passing(&error), is_lost(&error)), (passes, lost), "{error}");
        }
    }
}
