//! The site as a file, and the way back to an earlier revision.

use super::office::{Office, Order, refused};
use super::password;
use super::protocol::{Answer, RevisionShown};
use directory::change::difference;
use directory::store::HistoryQuery;
use directory::{Directory, Revision, SiteFile, changes_between};
use ground::NetworkId;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::MutexGuard;

impl Office {
    /// Brings the site to what a file says.
    pub(super) async fn apply_site(
        &self,
        order: Order,
        mut site: SiteFile,
        networks: &BTreeMap<String, NetworkId>,
        remove: bool,
    ) -> Answer {
        if let Err(reasons) = self.digest_passwords(&mut site) {
            return Answer::Refused(reasons);
        }
        let head = self.directory.lock().await;
        let changes = match site.plan(&head, remove, &|name| networks.get(name).copied()) {
            Ok(changes) => changes,
            Err(faults) => return Answer::Refused(faults.iter().map(ToString::to_string).collect()),
        };
        self.commit_if_any(head, order, changes).await
    }

    /// Replaces passwords in clear by what is kept of them.
    fn digest_passwords(&self, site: &mut SiteFile) -> Result<(), Vec<String>> {
        let mut reasons = Vec::new();
        for entry in &mut site.extension {
            let Some(secret) = entry.password.take() else { continue };
            let number = entry.number;
            if entry.password_digests.is_some() {
                reasons.push(format!("extension {number}: a password and its digests, one of them is enough"));
            } else if password::is_acceptable(&secret) {
                entry.password_digests = Some(password::digests(number.as_str(), &self.realm, &secret));
            } else {
                reasons.push(format!("extension {number}: a password has 8 to 128 printable characters"));
            }
        }
        if reasons.is_empty() { Ok(()) } else { Err(reasons) }
    }

    /// Brings the configuration back to what it was.
    pub(super) async fn roll_back(&self, order: Order, to: Revision) -> Answer {
        let head = self.directory.lock().await;
        let wanted = match self.stored(move |store| store.directory_at(to)).await {
            Ok(wanted) => wanted,
            Err(reason) => return refused(reason),
        };
        let changes = changes_between(&head, &wanted);
        self.commit_if_any(head, order, changes).await
    }

    /// Nothing to change is no fault, and makes no revision.
    async fn commit_if_any(
        &self,
        head: MutexGuard<'_, Arc<Directory>>,
        order: Order,
        changes: Vec<directory::Change>,
    ) -> Answer {
        let moved = order.base.filter(|base| *base != head.revision);
        if changes.is_empty() && moved.is_none() {
            return Answer::Applied { revision: head.revision, differences: Vec::new() };
        }
        if let Some(base) = moved {
            return Answer::Refused(vec![format!(
                "the site is at revision {}, not at {} any more: look again and repeat",
                head.revision.0, base.0
            )]);
        }
        self.commit(head, order, changes).await
    }

    /// What one change set changed.
    pub(super) async fn revision(&self, revision: Revision) -> Answer {
        let shown = self.stored(move |store| {
            let before = Some(Revision(revision.0.saturating_add(1)));
            let entry = store.history(HistoryQuery { before, limit: 1 })?.pop();
            let new = store.directory_at(revision)?;
            let old = store.directory_at(Revision(revision.0.saturating_sub(1)))?;
            Ok(entry.filter(|entry| entry.revision == revision).map(|entry| RevisionShown {
                revision,
                author: entry.set.author,
                at: entry.set.at,
                differences: difference(&old, &new).iter().map(ToString::to_string).collect(),
            }))
        });
        match shown.await {
            Ok(Some(shown)) => Answer::Revision(Box::new(shown)),
            Ok(None) => refused(format!("revision {} is the empty site: nothing led to it", revision.0)),
            Err(reason) => refused(reason),
        }
    }
}
