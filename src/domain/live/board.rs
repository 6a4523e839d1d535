//! News by key: written by one task, as long as somebody in the process reads.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::domain::Result;

/// What is known under each key that somebody follows. Clones are the same one.
#[derive(Debug)]
pub(super) struct Board<K, V>(Arc<Mutex<Open<K, V>>>);

#[derive(Debug)]
struct Open<K, V> {
    news: HashMap<K, watch::Sender<V>>,
    is_kept: bool,
}

impl<K, V> Clone for Board<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, V> Default for Board<K, V> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Open {
            news: HashMap::new(),
            is_kept: false,
        })))
    }
}

impl<K, V> Board<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: PartialEq + Send + Sync + 'static,
{
    /// What is told under `key` from now on; `first` until then, unless somebody follows it already. The first follower of all has `look` called every so
    /// often with all keys, until the last one is gone.
    pub(super) fn follow<F, Fut>(&self, key: K, first: V, every: Duration, look: F) -> watch::Receiver<V>
    where
        F: Fn(Vec<K>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<(K, V)>>> + Send + 'static,
    {
        let mut open = self.open();
        let news = open.news.entry(key).or_insert_with(|| watch::Sender::new(first));
        let receiver = news.subscribe();
        if !open.is_kept {
            open.is_kept = true;
            let keeper = Keeper(self.clone());
            tokio::spawn(keeper.keep(every, look));
        }
        receiver
    }

    /// How many follow.
    pub(super) fn followers(&self) -> usize {
        self.open().news.values().map(watch::Sender::receiver_count).sum()
    }

    /// The keys that are still followed; none when the work is over.
    fn keys(&self) -> Option<Vec<K>> {
        let mut open = self.open();
        open.news.retain(|_, news| news.receiver_count() > 0);
        open.is_kept = !open.news.is_empty();
        open.is_kept.then(|| open.news.keys().cloned().collect())
    }

    fn tell(&self, news: Vec<(K, V)>) {
        let open = self.open();
        for (key, value) in news {
            if let Some(sender) = open.news.get(&key) {
                sender.send_if_modified(|old| {
                    let is_news = *old != value;
                    *old = value;
                    is_news
                });
            }
        }
    }
}

impl<K, V> Board<K, V> {
    /// Nothing that is done under this lock can panic half-way.
    fn open(&self) -> MutexGuard<'_, Open<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who writes the news. Should it panic, those who follow learn that nothing comes any more, and the next follower begins anew.
struct Keeper<K, V>(Board<K, V>);

impl<K, V> Keeper<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: PartialEq + Send + Sync + 'static,
{
    async fn keep<F, Fut>(self, every: Duration, look: F)
    where
        F: Fn(Vec<K>) -> Fut + Send + Sync,
        Fut: Future<Output = Result<Vec<(K, V)>>> + Send,
    {
        let mut failing = false;
        while let Some(keys) = self.0.keys() {
            match look(keys).await {
                Ok(news) => {
                    self.0.tell(news);
                    failing = false;
                }
                Err(error) => {
                    if !failing {
                        tracing::warn!(cause = ?error, "followers cannot be told what is new: {error}");
                    }
                    failing = true;
                }
            }
            tokio::time::sleep(every).await;
        }
    }
}

impl<K, V> Drop for Keeper<K, V> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut open = self.0.open();
            open.news.clear();
            open.is_kept = false;
        }
    }
}
