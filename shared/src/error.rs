//! The error that every function returns. It has two faces: a stable code with parameters for the
//! client, and a chain of causes for the log. It knows nothing of HTTP.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt;

use crate::storage::is_passing;
use crate::trouble::Trouble;

/// What functions return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Values that stand in a sentence of `messages/*.toml`, by the name in braces there.
pub type Params = BTreeMap<&'static str, String>;

/// What a client may act on. Codes are never renamed; their sentences stand in `messages/`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::IntoStaticStr, strum::EnumIter, strum::EnumString,
)]
#[strum(serialize_all = "snake_case")]
#[expect(missing_docs, reason = "each code is explained by its sentences in messages/en.toml and messages/vi.toml")]
pub enum Code {
    // Whole requests.
    Internal,
    Unavailable,
    OutcomeUnknown,
    ProjectionBuilding,
    FollowerStopped,
    Timeout,
    TooBusy,
    NotFound,
    RouteNotFound,
    MethodNotAllowed,
    TooManyRequests,
    NotAcceptable,
    MalformedJson,
    MalformedRequest,
    BodyTooLarge,
    UnsupportedMediaType,
    InvalidFields,
    BadCursor,
    BadMark,
    MarkExpired,
    CursorRequired,
    MissingToken,
    InvalidToken,
    InsufficientScope,
    RecentSignInRequired,
    MissingIfMatch,
    StaleVersion,
    IdempotencyKeyReused,
    IdTaken,
    JournalForked,
    PositionUnknown,
    // Conflicts with what is stored.
    TaxCodeTaken,
    PersonalIdTaken,
    AlreadyMember,
    AlreadyGranted,
    OwnClient,
    OwnSecret,
    GrantOutOfReach,
    ClientDisabled,
    WrongSecret,
    LastAdministrator,
    LoginTaken,
    OwnAccount,
    UserLeft,
    GrantConfirmed,
    AppDisabled,
    OtherAdministratorRequired,
    NothingToStandFor,
    NoSecondFactor,
    RemovalNotAsked,
    EntryAlreadyCorrected,
    MembersRemain,
    ActsInTheWay,
    NeedsAnswer,
    SameActRecorded,
    SteeringCommitteeRecorded,
    SupportTeamRecorded,
    ActOutOfReach,
    OrganisationNotActive,
    SteeringBodyNotActive,
    CommitteeNotActive,
    ChangedThatDay,
    TeamsRemain,
    TaskNotInState,
    OwnReport,
    ReportJudged,
    NotGiver,
    TasksRemain,
    ConferenceWithdrawn,
    GivenBeforeConference,
    SeatRoleTaken,
    TooManySeats,
    // Documents.
    DocumentRecorded,
    DocumentNumberRepeated,
    RestsOnLaterDocument,
    RelatedDocumentsRemain,
    IssuedDocumentsRemain,
    WorkRemains,
    // End of documents.
    MembershipNotActive,
    StatusUnchanged,
    FindingSettled,
    RebuildRunning,
    RecordErased,
    NothingToReveal,
    // Faults of one field.
    Required,
    UnknownField,
    WrongType,
    UnknownValue,
    TooLong,
    TooShort,
    TooManyWords,
    TooSmall,
    TooMany,
    TooManyIds,
    OnlyWholeList,
    BadFormat,
    BadCharacter,
    LetterRequired,
    RepeatedValue,
    IdNotV7,
    IdTimeOutOfRange,
    NotClearable,
    DayOutOfRange,
    TaxCodeFormat,
    TaxCodeCheckDigit,
    PersonalIdFormat,
    HouseholdTaxCode,
    UnknownArea,
    AreaNotInForce,
    AreaEnded,
    AreaNotLeaf,
    AreaOfOtherLevel,
    OutsideIntake,
    RecordingHasBegun,
    NotASuperiorBody,
    UnknownEconomicUnit,
    EconomicUnitEnded,
    UnknownOrganisation,
    UnknownSteeringBody,
    UnknownSeat,
    UnknownConclusion,
    SeatIsEmpty,
    SeatNotHeld,
    NoticeBeforeConference,
    TermOver,
    NotOfThisKind,
    // Documents.
    UnknownDocument,
    DocumentCircle,
    DocumentOutOfReach,
    SecretPaperRefused,
    // End of documents.
    UnknownMembership,
    UnknownPerson,
    PersonDiffers,
    UnknownEntry,
    UnknownIndicator,
    DateInFuture,
    DateInPast,
    EndBeforeBeginning,
    RedirectUriRefused,
    PublicKeyRefused,
    PasswordTooCommon,
    DateBeforeBirth,
    BeforeOrganisation,
    AfterDissolution,
    MoreThanMembers,
    BeforeDecision,
    BeforeLastAct,
    BranchMismatch,
    SameOrganisation,
    NotCorrectable,
    OneOfRequired,
    NothingCorrected,
    NothingDiffers,
    AgainstEachOther,
    // Refusals of the rule book; the answer cites the source.
    MinOfficialMembers,
    MinMembers,
    MinUnionMembers,
    AgeTooLow,
    AgeNeedsPaper,
    DecisionPaperRequired,
    ReadmissionTooSoon,
    ReadmissionNeedsPaper,
    ReadmissionOnce,
    ProbationNotOver,
    UpgradeNotAllowed,
}

impl Code {
    /// The code as clients see it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where in a request a fault stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// A field of the body, as a JSON Pointer.
    Pointer(String),
    /// A parameter of the path or the query.
    Parameter(String),
    /// A header.
    Header(String),
}

/// One fault of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it stands.
    pub at: At,
    /// What is wrong.
    pub code: Code,
    /// What stands in the sentence.
    pub params: Params,
}

/// What is possible and yet doubtful about a request: it is carried out when it is sent again with a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What is doubtful.
    pub code: Code,
    /// What stands in the sentence.
    pub params: Params,
}

/// The rule that refused a request.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct RuleCitation {
    /// The rule's stable code, as in `/v1/rules`.
    pub code: String,
    /// The legal source, with its article.
    pub source: String,
    /// What the rule compared, by name: for instance `official_members: 2`, `at_least: 3`.
    pub compared: BTreeMap<String, String>,
}

/// What one rule of the rule book refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The code of the refusal.
    pub code: Code,
    /// What stands in the sentence.
    pub params: Params,
    /// The rule.
    pub rule: RuleCitation,
}

/// A record that conflicts with a request, for a caller who may read it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct RecordInTheWay {
    /// Its id.
    pub id: String,
    /// Where it is to be read.
    pub path: String,
}

/// An error: the answer for the client, and the cause for the log.
pub struct Error(Box<Inner>);

struct Inner {
    code: Code,
    params: Params,
    faults: Vec<Fault>,
    warnings: Vec<Warning>,
    refusals: Vec<Refusal>,
    record: Option<RecordInTheWay>,
    etag: Option<String>,
    doing: Vec<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// Makes an error with a code.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self(Box::new(Inner {
            code,
            params: Params::new(),
            faults: Vec::new(),
            warnings: Vec::new(),
            refusals: Vec::new(),
            record: None,
            etag: None,
            doing: Vec::new(),
            source: None,
        }))
    }

    /// Makes our own failure out of a cause: the client learns no more than that it happened.
    #[must_use]
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let mut error = Self::new(Code::Internal);
        error.0.source = Some(source.into());
        error
    }

    /// Makes the error that an operator can put right: what is wrong and what to do, in Vietnamese and in English.
    #[must_use]
    pub fn trouble(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self::internal(Trouble::new(vi, en))
    }

    /// Makes the error for faults of fields.
    #[must_use]
    pub fn faults(faults: Vec<Fault>) -> Self {
        let mut error = Self::new(Code::InvalidFields);
        error.0.faults = faults;
        error
    }

    /// Makes the error that asks for answers to warnings.
    #[must_use]
    pub fn needs_answer(warnings: Vec<Warning>) -> Self {
        let mut error = Self::new(Code::NeedsAnswer);
        error.0.warnings = warnings;
        error
    }

    /// Makes the error for one fault of one body field.
    #[must_use]
    pub fn fault(pointer: &str, code: Code) -> Self {
        Self::faults(vec![Fault { at: At::Pointer(pointer.to_owned()), code, params: Params::new() }])
    }

    /// Adds a value for the sentence.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.0.params.insert(name, value.to_string());
        self
    }

    /// Makes the error that a rule refuses, with what stands in the sentence.
    #[must_use]
    pub fn refusal(code: Code, params: Params, rule: RuleCitation) -> Self {
        let mut error = Self::new(code);
        error.0.params.clone_from(&params);
        error.0.refusals.push(Refusal { code, params, rule });
        error
    }

    /// Names the record that stands in the way, to a caller who may read it.
    #[must_use]
    pub fn naming(mut self, id: impl fmt::Display, path: impl Into<String>) -> Self {
        self.0.record = Some(RecordInTheWay { id: id.to_string(), path: path.into() });
        self
    }

    /// Adds the entity tag that the record has now, for a caller who may read it.
    #[must_use]
    pub fn at_version(mut self, etag: String) -> Self {
        self.0.etag = Some(etag);
        self
    }

    /// Adds a cause for the log.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Names what we were doing, for the log.
    #[must_use]
    pub fn doing(mut self, what: impl Into<String>) -> Self {
        self.0.doing.push(what.into());
        self
    }

    /// What an operator can put right, where that is the cause.
    #[must_use]
    pub fn find_trouble(&self) -> Option<&Trouble> {
        let mut cause = self.source();
        while let Some(error) = cause {
            if let Some(trouble) = error.downcast_ref() {
                return Some(trouble);
            }
            cause = error.source();
        }
        None
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// Values for the sentence.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.0.params
    }

    /// The faults of fields.
    #[must_use]
    pub fn field_faults(&self) -> &[Fault] {
        &self.0.faults
    }

    /// The warnings that ask for an answer.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.0.warnings
    }

    /// The rule that refused, if one did: the first of them.
    #[must_use]
    pub fn rule(&self) -> Option<&RuleCitation> {
        self.0.refusals.first().map(|refusal| &refusal.rule)
    }

    /// What the rules of the rule book refused.
    #[must_use]
    pub fn refusals(&self) -> &[Refusal] {
        &self.0.refusals
    }

    /// The record that stands in the way.
    #[must_use]
    pub fn record(&self) -> Option<&RecordInTheWay> {
        self.0.record.as_ref()
    }

    /// The entity tag that the record has now.
    #[must_use]
    pub fn etag(&self) -> Option<&str> {
        self.0.etag.as_deref()
    }
}

/// Gathers what several judgements refuse: the first gives the answer its code, and all are told.
///
/// # Errors
/// The refusals; a failure by itself.
pub fn all_of(judgements: impl IntoIterator<Item = Result<()>>) -> Result<()> {
    let mut first: Option<Error> = None;
    for judgement in judgements {
        match (judgement, &mut first) {
            (Ok(()), _) => {}
            (Err(failure), _) if matches!(failure.code(), Code::Internal | Code::Unavailable) => return Err(failure),
            (Err(refusal), Some(first)) => {
                first.0.faults.extend(refusal.0.faults);
                first.0.refusals.extend(refusal.0.refusals);
            }
            (Err(refusal), None) => first = Some(refusal),
        }
    }
    first.map_or(Ok(()), Err)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for what in self.0.doing.iter().rev() {
            write!(f, "{what}: ")?;
        }
        f.write_str(self.0.code.as_str())?;
        for fault in &self.0.faults {
            let (At::Pointer(place) | At::Parameter(place) | At::Header(place)) = &fault.at;
            write!(f, " [{place} {}]", fault.code)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| -> &(dyn StdError + 'static) { source })
    }
}

/// A database error is our bug or the machine's trouble, never the client's fault: where a constraint
/// speaks for the client, the store function matches that very constraint. Who met a lost connection, or waited too
/// long for another's lock, may come again.
impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        if is_passing(&error) { Self::new(Code::Unavailable).because(error) } else { Self::internal(error) }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::internal(error)
    }
}

/// Names what was being done when something failed.
pub trait ResultExt<T> {
    /// Turns any failure into ours, with what we were doing.
    ///
    /// # Errors
    /// Returns the failure, named.
    fn doing(self, what: &str) -> Result<T>;
}

impl<T, E: Into<Box<dyn StdError + Send + Sync>>> ResultExt<T> for std::result::Result<T, E> {
    fn doing(self, what: &str) -> Result<T> {
        self.map_err(|error| {
            let source: Box<dyn StdError + Send + Sync> = error.into();
            match source.downcast::<Error>() {
                Ok(ours) => ours.doing(what),
                Err(source) => Error::internal(source).doing(what),
            }
        })
    }
}
