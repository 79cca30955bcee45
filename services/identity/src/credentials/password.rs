//! Passwords: which are good enough, and how they are hashed (NIST SP 800-63B, OWASP).

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use shared::validate::{Parsed, Wrong};
use shared::{Code, Error, Result, ResultExt};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;
use zxcvbn::{Score, zxcvbn};

/// How long a password is at least, in characters, where there is no second factor.
pub(crate) const CHARACTERS_MIN: usize = 15;

/// How long it is at least beside a second factor.
pub(crate) const CHARACTERS_MIN_WITH_FACTOR: usize = 12;

/// How long it may be, in bytes: far beyond what anybody types.
const BYTES_MAX: usize = 1024;

/// Memory in KiB, passes and lanes of Argon2id: what OWASP names first, some 20 ms on one core.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// How many passwords are hashed at once: each takes 19 MiB and a core.
const AT_ONCE: usize = 2;

/// Words that stand in passwords of this field and this country, without accents; beside those that the library knows.
const WORDS: [&str; 24] = [
    "dang",
    "dangbo",
    "dangvien",
    "chibo",
    "congdoan",
    "doanvien",
    "tinhuy",
    "huyenuy",
    "xahoi",
    "vietnam",
    "hungyen",
    "thaibinh",
    "hanoi",
    "matkhau",
    "anhyeuem",
    "emyeuanh",
    "nguyen",
    "tran",
    "pham",
    "hoang",
    "banchidao",
    "quantri",
    "phohien",
    "cuuho",
];

/// A password as it is compared: keyboards write one Vietnamese letter in several ways, so that it is normalised (NFC).
fn normalised(password: &str) -> String {
    password.nfc().collect()
}

/// Judges a new password: its length, and how many guesses it takes. `personal` are words that others know of the person.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_password(password: &str, has_second_factor: bool, personal: &[&str]) -> Parsed<()> {
    let password = normalised(password);
    let min = if has_second_factor { CHARACTERS_MIN_WITH_FACTOR } else { CHARACTERS_MIN };
    if password.chars().count() < min {
        return Err(Wrong::new(Code::TooShort).with("min", min));
    }
    if password.len() > BYTES_MAX {
        return Err(Wrong::new(Code::TooLong).with("max", BYTES_MAX));
    }
    let plain = shared::text::search_key(&password);
    let words: Vec<String> = personal.iter().flat_map(|text| words_of(text)).collect();
    let known: Vec<&str> = WORDS.into_iter().chain(words.iter().map(String::as_str)).collect();
    // The library takes time with long texts; what it needs to judge stands at the beginning.
    let judged = |text: &str| zxcvbn(&text.chars().take(100).collect::<String>(), &known).score();
    if judged(&password).min(judged(&plain)) < Score::Three {
        return Err(Wrong::new(Code::PasswordTooCommon));
    }
    Ok(())
}

/// The words of a name, and all of them in one, as they stand in passwords: without accents and blanks.
fn words_of(text: &str) -> Vec<String> {
    let folded = shared::text::search_key(text);
    let words = || folded.split(|character: char| !character.is_alphanumeric());
    words().filter(|word| word.len() > 2).map(str::to_owned).chain([words().collect()]).collect()
}

/// Hashes and verifies passwords, a few at once and off the workers that serve requests.
#[derive(Clone)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    /// The hash of a password that nobody has: verified where there is no user, so that it takes as long.
    nobodys: Arc<str>,
}

fn hasher() -> Result<Argon2<'static>> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(|error| Error::internal(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Hashes a password at the cost of today, on the thread that calls: some 20 ms.
///
/// # Errors
/// Never in practice.
pub fn hash_password(password: &str) -> Result<String> {
    let hash = hasher()?.hash_password(normalised(password).as_bytes());
    Ok(hash.map_err(|error| Error::internal(format!("hashing a password failed: {error}")))?.to_string())
}

/// What verifying a password found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verified {
    Wrong,
    Right,
    /// It is right, and was hashed at another cost than today's: this is its hash at today's.
    RightAndOld(String),
}

fn verify(password: &str, kept: &str) -> Result<Verified> {
    let parsed = PasswordHash::new(kept).map_err(|error| Error::internal(format!("a kept password hash: {error}")))?;
    if hasher()?.verify_password(normalised(password).as_bytes(), &parsed).is_err() {
        return Ok(Verified::Wrong);
    }
    let (memory, passes, lanes) = COST;
    let is_todays = kept.contains(&format!("m={memory},t={passes},p={lanes}")) && kept.starts_with("$argon2id$");
    if is_todays { Ok(Verified::Right) } else { hash_password(password).map(Verified::RightAndOld) }
}

impl Passwords {
    /// Makes the hasher.
    ///
    /// # Errors
    /// Never in practice.
    pub(crate) fn new() -> Result<Self> {
        let (secret, _) = crate::secrets::new_secret();
        Ok(Self { turns: Arc::new(Semaphore::new(AT_ONCE)), nobodys: hash_password(&secret)?.into() })
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// Never in practice.
    pub(crate) async fn hash(&self, password: String) -> Result<String> {
        self.at_turn(move || hash_password(&password)).await
    }

    /// Verifies a password against a kept hash; without one it takes as long, and is wrong.
    ///
    /// # Errors
    /// Fails when the kept hash is none.
    pub(crate) async fn verify(&self, password: String, kept: Option<String>) -> Result<Verified> {
        if password.len() > BYTES_MAX {
            return Ok(Verified::Wrong);
        }
        let nobodys = Arc::clone(&self.nobodys);
        self.at_turn(move || match &kept {
            Some(kept) => verify(&password, kept),
            None => verify(&password, &nobodys).map(|_| Verified::Wrong),
        })
        .await
    }

    async fn at_turn<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.doing("waiting for a turn to hash")?;
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        })
        .await
        .doing("hashing a password")?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_common_and_personal_passwords_are_refused() {
        let personal = ["an.nguyen", "Nguyễn Văn An", "Tỉnh Hưng Yên"];
        for (password, has_factor, is_good) in [
            ("sông xanh ôm núi cũ", false, true),
            ("kịch bản mưa tháng bảy", false, true),
            ("tre già măng", true, true),
            ("tre già măng", false, false),
            ("passwordpassword", false, false),
            ("123456789012345", false, false),
            ("aaaaaaaaaaaaaaaa", false, false),
            ("nguyenvananhungyen", false, false),
            ("hungyenhungyenhungyen", false, false),
            ("đảngbộhưngyên", true, false),
            ("matkhaumatkhau1", false, false),
        ] {
            assert_eq!(check_password(password, has_factor, &personal).is_ok(), is_good, "{password}");
        }
        assert!(check_password(&"x y".repeat(400), false, &[]).is_err(), "1,200 bytes");
        let emoji: String = "😀🌾🚜🏭🎓📚🧵🪡🎏🎐🎑🎍🎋🎄🎃".chars().cycle().take(64).collect();
        assert!(check_password(&emoji, false, &[]).is_ok(), "64 emoji");
    }

    #[tokio::test]
    async fn a_password_is_verified_however_its_letters_are_composed_and_hashed_anew_when_the_cost_changed() {
        let passwords = Passwords::new().expect("a hasher");
        let kept = passwords.hash("tre già măng mọc".to_owned()).await.expect("a hash");
        let decomposed: String = "tre già măng mọc".nfd().collect();
        assert_ne!(decomposed, "tre già măng mọc");
        let verified = |password: &str, kept: &str| passwords.verify(password.to_owned(), Some(kept.to_owned()));
        assert_eq!(verified(&decomposed, &kept).await.expect("verified"), Verified::Right);
        assert_eq!(verified("tre già măng mọc ", &kept).await.expect("verified"), Verified::Wrong);
        assert_eq!(passwords.verify("x".to_owned(), None).await.expect("verified"), Verified::Wrong);
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(64, 1, 1, None).expect("a cost"));
        let old = cheap.hash_password("tre già măng mọc".as_bytes()).expect("a hash").to_string();
        match verified("tre già măng mọc", &old).await.expect("verified") {
            Verified::RightAndOld(fresh) => {
                assert_eq!(verified("tre già măng mọc", &fresh).await.expect("verified"), Verified::Right);
            }
            other => panic!("{other:?}"),
        }
    }
}
