//! The second factor: codes of an app (RFC 6238), and recovery codes for who has lost it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use qrcode::QrCode;
use qrcode::render::svg;
use rand::Rng;
use shared::personal::Vault;
use shared::storage::{AnyConnection, Tx};
use shared::{Error, Id, Result, ResultExt};
use totp_rs::{Builder, Secret, Totp};

use crate::schema::{recovery_codes, users};
use crate::secrets::hash_of;

/// How long a step is, in seconds.
const STEP_SECONDS: u64 = 30;

/// How many recovery codes a person has.
const RECOVERY_CODES: usize = 8;

fn totp_of(secret: &str) -> Result<Totp> {
    let secret = Secret::try_from_base32(secret).map_err(|_| Error::internal("a kept second factor"))?;
    Builder::new().with_secret(secret).build().map_err(|error| Error::internal(format!("a second factor: {error}")))
}

fn seconds(at: DateTime<Utc>) -> u64 {
    u64::try_from(at.timestamp()).unwrap_or_default()
}

/// The step whose code this is, if it is one of now, of the step before or of the step after.
fn step_of(secret: &str, code: &str, at: DateTime<Utc>) -> Result<Option<i64>> {
    let code: String = code.chars().filter(|character| !character.is_whitespace()).collect();
    if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let step = totp_of(secret)?.check(&code, seconds(at));
    Ok(step.map(|step| i64::try_from(step).unwrap_or(i64::MAX)))
}

/// The code of a second factor at an instant, as an app shows it.
///
/// # Errors
/// Fails when the secret is none.
pub fn code_at(secret: &str, at: DateTime<Utc>) -> Result<String> {
    Ok(totp_of(secret)?.generate(seconds(at)).to_string())
}

/// Takes a code of a person's second factor, once. False where it is wrong, or was taken before.
///
/// # Errors
/// Fails when the database does.
pub(crate) fn take_code(tx: &mut Tx<'_>, user: Id, secret: &str, code: &str) -> Result<bool> {
    match step_of(secret, code, tx.at())? {
        Some(step) => take_totp_step(tx, user, step),
        None => Ok(false),
    }
}

/// Takes the code of a step, once: false where it, or one of a later step, was taken before.
fn take_totp_step(tx: &mut Tx<'_>, id: Id, step: i64) -> Result<bool> {
    let unused = users::table.filter(users::id.eq(id)).filter(users::totp_step.is_null().or(users::totp_step.lt(step)));
    Ok(diesel::update(unused).set(users::totp_step.eq(Some(step))).execute(tx.conn())? == 1)
}

/// A second factor that is about to be set up in a session. Its secret is derived from the session, so that nothing is kept before
/// the person has proved it.
#[derive(Clone)]
pub(crate) struct Enrolment {
    /// The secret, in base 32, as people type it into an app.
    pub secret: String,
}

impl Enrolment {
    /// The second factor that is set up on an occasion, such as a session: the same one each time for the same occasion.
    ///
    /// # Errors
    /// Never in practice.
    pub(crate) fn of(vault: &Vault, occasion: &str) -> Result<Self> {
        let bytes = vault.blind_index("second factor", occasion)?;
        let bytes = bytes.get(..20).ok_or_else(|| Error::internal("a hash is too short"))?;
        Ok(Self { secret: Secret::new(bytes.into()).to_base32() })
    }

    /// The step whose code proves that the person's app has the secret.
    ///
    /// # Errors
    /// Never in practice.
    pub(crate) fn prove(&self, code: &str, at: DateTime<Utc>) -> Result<Option<i64>> {
        step_of(&self.secret, code, at)
    }

    /// The address that an app reads from a picture.
    pub(crate) fn address(&self, issuer: &str, login: &str) -> String {
        let mut url = url::form_urlencoded::Serializer::new(String::new());
        url.append_pair("secret", &self.secret).append_pair("issuer", issuer);
        let label = percent_encoding::utf8_percent_encode(login, percent_encoding::NON_ALPHANUMERIC);
        format!("otpauth://totp/{label}?{}&period={STEP_SECONDS}", url.finish())
    }

    /// The same as a picture, in SVG.
    ///
    /// # Errors
    /// Never in practice.
    pub(crate) fn picture(&self, issuer: &str, login: &str) -> Result<String> {
        let code = QrCode::new(self.address(issuer, login).as_bytes()).doing("drawing a code")?;
        let drawn = code.render::<svg::Color<'_>>().min_dimensions(200, 200).build();
        // What stands before the element has no place within a page.
        Ok(drawn.split_once("?>").map_or(drawn.clone(), |(_, element)| element.to_owned()))
    }
}

/// How many recovery codes of a person are left.
///
/// # Errors
/// Fails when the database does.
pub(crate) fn count_recovery_codes(conn: &mut AnyConnection, user: Id) -> Result<i64> {
    Ok(recovery_codes::table.filter(recovery_codes::user_id.eq(user)).count().get_result(conn)?)
}

/// Makes new recovery codes for a person; the ones before open nothing any more. Each has 120 random bits, and only its hash is
/// kept.
///
/// # Errors
/// Fails when the database does.
pub(crate) fn new_recovery_codes(tx: &mut Tx<'_>, user: Id) -> Result<Vec<String>> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(user))).execute(tx.conn())?;
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let mut bytes = [0u8; 15];
        rand::rng().fill_bytes(&mut bytes);
        let code = Secret::new(bytes.into()).to_base32().to_lowercase();
        diesel::insert_into(recovery_codes::table)
            .values((recovery_codes::user_id.eq(user), recovery_codes::code_hash.eq(hash_of(&code))))
            .execute(tx.conn())?;
        let groups: Vec<&str> =
            code.as_bytes().chunks(6).map(|group| std::str::from_utf8(group).unwrap_or("")).collect();
        codes.push(groups.join("-"));
    }
    Ok(codes)
}

/// Takes a recovery code, once. False where it is none.
///
/// # Errors
/// Fails when the database does.
pub(crate) fn take_recovery_code(tx: &mut Tx<'_>, user: Id, code: &str) -> Result<bool> {
    let code: String = code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    Ok(diesel::delete(recovery_codes::table.find((user, hash_of(&code)))).execute(tx.conn())? == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard_and_hold_one_step_before_and_after() {
        // RFC 6238, appendix B: the secret "12345678901234567890", at 1111111111 seconds, of eight digits 14050471.
        let secret = Secret::new((*b"12345678901234567890").into()).to_base32();
        let at = |seconds: i64| DateTime::from_timestamp(seconds, 0).expect("an instant");
        assert_eq!(code_at(&secret, at(1_111_111_111)).expect("a code"), "050471");
        let step = 1_111_111_111 / 30;
        for (seconds, found) in [(-60, false), (-30, true), (0, true), (30, true), (60, false)] {
            let step_found = step_of(&secret, "050 471", at(1_111_111_111 + seconds)).expect("judged");
            assert_eq!(step_found, found.then_some(step), "{seconds}");
        }
        for wrong in ["", "05047", "0504711", "05047a", "٠٥٠٤٧١"] {
            assert_eq!(step_of(&secret, wrong, at(1_111_111_111)).expect("judged"), None, "{wrong}");
        }
    }
}
