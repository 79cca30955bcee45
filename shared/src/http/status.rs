//! The one table from codes to HTTP statuses.

use actix_web::http::StatusCode;

use crate::Code;

/// Returns the status of an answer with a code. Codes that only ever stand at a field have the status
/// of the answer that lists them.
#[must_use]
pub fn status_of(code: Code) -> StatusCode {
    use Code as C;
    match code {
        C::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        C::Unavailable | C::OutcomeUnknown | C::ProjectionBuilding | C::FollowerStopped | C::Timeout | C::TooBusy => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        C::NotFound | C::RouteNotFound => StatusCode::NOT_FOUND,
        C::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        C::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        C::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        C::MalformedJson | C::MalformedRequest | C::BadCursor | C::BadMark => StatusCode::BAD_REQUEST,
        C::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        C::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        C::MissingToken | C::InvalidToken | C::RecentSignInRequired => StatusCode::UNAUTHORIZED,
        C::InsufficientScope
        | C::AreaEnded
        | C::OwnClient
        | C::OwnSecret
        | C::OwnAccount
        | C::OwnReport
        | C::NotGiver
        | C::OtherAdministratorRequired
        | C::GrantOutOfReach => StatusCode::FORBIDDEN,
        C::MarkExpired => StatusCode::GONE,
        C::MissingIfMatch => StatusCode::PRECONDITION_REQUIRED,
        C::StaleVersion => StatusCode::PRECONDITION_FAILED,
        C::JournalForked
        | C::IdTaken
        | C::TaxCodeTaken
        | C::AlreadyMember
        | C::AlreadyGranted
        | C::LastAdministrator
        | C::ClientDisabled
        | C::AppDisabled
        | C::LoginTaken
        | C::UserLeft
        | C::GrantConfirmed
        | C::NoSecondFactor
        | C::RemovalNotAsked
        | C::EntryAlreadyCorrected
        | C::MembersRemain
        | C::ActsInTheWay
        | C::NeedsAnswer
        | C::SameActRecorded
        | C::SteeringCommitteeRecorded
        | C::SupportTeamRecorded
        | C::SteeringBodyNotActive
        | C::CommitteeNotActive
        | C::ChangedThatDay
        | C::TeamsRemain
        | C::TaskNotInState
        | C::TasksRemain
        | C::ReportJudged
        | C::ConferenceWithdrawn
        | C::GivenBeforeConference
        | C::SeatRoleTaken
        | C::TooManySeats
        | C::DocumentRecorded
        | C::DocumentNumberRepeated
        | C::RestsOnLaterDocument
        | C::RelatedDocumentsRemain
        | C::IssuedDocumentsRemain
        | C::WorkRemains
        | C::ActOutOfReach
        | C::OrganisationNotActive
        | C::NotASuperiorBody
        | C::MembershipNotActive
        | C::StatusUnchanged
        | C::FindingSettled
        | C::RecordErased
        | C::NothingToReveal
        | C::RebuildRunning => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
