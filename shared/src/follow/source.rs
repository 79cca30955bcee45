//! Requests to the followed journal.

use std::sync::Arc;
use std::time::Duration;

use crate::access::ServiceTokens;
use crate::http::{ProblemDocument, trace};
use crate::journal::{Head, JournalEntry};
use crate::outbound::Outbound;
use crate::{Code, Error, Id, Result};

/// The journal that is followed.
#[derive(Debug, Clone)]
pub struct Source {
    /// The followed service's name.
    pub service: &'static str,
    /// Where it answers, without a trailing slash.
    pub base_url: String,
    /// The tokens to ask with.
    pub tokens: Arc<ServiceTokens>,
    /// Asks.
    pub http: Outbound,
}

/// A page of the journal that is followed, whole: services read everything.
#[derive(Debug, serde::Deserialize)]
pub(super) struct FollowedPage {
    pub items: Vec<JournalEntry>,
    pub head: Head,
    pub journal_id: Id,
}

impl Source {
    /// Asks for entries after a place, and waits for some where there are none.
    ///
    /// # Errors
    /// `journal_forked`; `unavailable` where the source does not answer.
    pub(super) async fn fetch(
        &self,
        after: i64,
        hash: Option<&str>,
        journal: Option<Id>,
        wait: u64,
        limit: i64,
    ) -> Result<FollowedPage> {
        let mut query = vec![("after", after.to_string()), ("limit", limit.to_string()), ("wait", wait.to_string())];
        query.extend(hash.map(|hash| ("after_hash", hash.to_owned())));
        query.extend(journal.map(|journal| ("journal_id", journal.to_string())));
        let put_off = |error: reqwest::Error| Error::new(Code::Unavailable).because(error.without_url());
        let mut answer = self.ask(&query, wait).await?;
        if answer.status() == reqwest::StatusCode::UNAUTHORIZED {
            // The signing keys may have changed since the token was issued.
            self.tokens.forget().await;
            answer = self.ask(&query, wait).await?;
        }
        if answer.status().is_success() {
            return answer.json::<FollowedPage>().await.map_err(put_off);
        }
        let status = answer.status();
        let code = answer.json::<ProblemDocument>().await.map(|problem| problem.code).unwrap_or_default();
        if code == Code::JournalForked.as_str() {
            return Err(Error::new(Code::JournalForked));
        }
        Err(Error::new(Code::Unavailable).because(format!("{} answered {status} {code}", self.service)))
    }

    async fn ask(&self, query: &[(&str, String)], wait_seconds: u64) -> Result<reqwest::Response> {
        let token = self.tokens.get().await?;
        let url = format!("{}/v1/journal/{}", self.base_url, self.service);
        let mut asked =
            self.http.get(&url)?.bearer_auth(token).query(query).timeout(Duration::from_secs(wait_seconds + 10));
        if let Some(traceparent) = trace::present() {
            asked = asked.header(trace::HEADER, traceparent);
        }
        asked.send().await.map_err(|error| Error::new(Code::Unavailable).because(error.without_url()))
    }
}
