//! Reading a world file list by list, one row at a time, so that its length costs no memory.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::marker::PhantomData;
use std::sync::Arc;
use std::{fmt, mem};

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use tokio::sync::mpsc;

/// How many rows travel, and are stored, together: many enough for SQLite, not too many for the planner of PostgreSQL. With at most 32
/// columns a table it is also far from what one statement may bind.
pub(super) const BATCH: usize = 250;

/// Rows with their indices in the list.
pub(super) type Batch<T> = Vec<(usize, T)>;

/// Copies `input` to a file that goes away by itself: a world is read several times, and standard input only once.
pub(super) fn spool(mut input: impl Read) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    io::copy(&mut input, &mut file)?;
    Ok(file)
}

/// The file from its beginning.
pub(super) fn rewound(mut file: &File) -> io::Result<BufReader<&File>> {
    file.rewind()?;
    Ok(BufReader::with_capacity(256 * 1024, file))
}

/// The reader of rows wants no more; it remembers why.
pub(super) struct Stop;

/// Hands each row of a list to `work`, with its index.
pub(super) struct Rows<T, F> {
    work: F,
    row: PhantomData<T>,
}

impl<T, F: FnMut(usize, T) -> Result<(), Stop>> Rows<T, F> {
    pub(super) fn each(work: F) -> Self {
        Self { work, row: PhantomData }
    }
}

impl<'de, T: DeserializeOwned, F: FnMut(usize, T) -> Result<(), Stop>> DeserializeSeed<'de> for Rows<T, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: DeserializeOwned, F: FnMut(usize, T) -> Result<(), Stop>> Visitor<'de> for Rows<T, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        let mut index = 0;
        while let Some(row) = list.next_element()? {
            (self.work)(index, row).map_err(|Stop| A::Error::custom("stopped"))?;
            index += 1;
        }
        Ok(())
    }
}

/// One list of the object, the others skipped.
struct Only<T, F> {
    list: &'static str,
    rows: Rows<T, F>,
}

impl<'de, T: DeserializeOwned, F: FnMut(usize, T) -> Result<(), Stop>> Visitor<'de> for Only<T, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a world: one object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut rows = Some(self.rows);
        while let Some(key) = object.next_key::<String>()? {
            match rows.take_if(|_| key == self.list) {
                Some(rows) => object.next_value_seed(rows)?,
                None => object.next_value::<IgnoredAny>().map(drop)?,
            }
        }
        Ok(())
    }
}

/// The rows of one list of a file that has been surveyed, read ahead on a thread of their own.
pub(super) struct Stream<T>(mpsc::Receiver<io::Result<Batch<T>>>);

impl<T: DeserializeOwned + Send + 'static> Stream<T> {
    pub(super) fn open(file: &Arc<File>, list: &'static str) -> Self {
        let (sender, receiver) = mpsc::channel(2);
        let file = Arc::clone(file);
        tokio::task::spawn_blocking(move || {
            if let Err(error) = send_rows(&file, list, &sender) {
                // Nobody listens any more: the import has failed already.
                let _ = sender.blocking_send(Err(error));
            }
        });
        Self(receiver)
    }

    /// The next rows; `None` behind the last.
    pub(super) async fn next(&mut self) -> io::Result<Option<Batch<T>>> {
        self.0.recv().await.transpose()
    }
}

fn send_rows<T: DeserializeOwned>(
    file: &File,
    list: &'static str,
    sender: &mpsc::Sender<io::Result<Batch<T>>>,
) -> io::Result<()> {
    let mut batch = Vec::with_capacity(BATCH);
    let rows = Rows::each(|index, row| {
        batch.push((index, row));
        if batch.len() < BATCH {
            return Ok(());
        }
        let full = mem::replace(&mut batch, Vec::with_capacity(BATCH));
        sender.blocking_send(Ok(full)).map_err(|_| Stop)
    });
    let mut json = serde_json::Deserializer::from_reader(rewound(file)?);
    json.deserialize_map(Only { list, rows })?;
    if !batch.is_empty() {
        // As above.
        let _ = sender.blocking_send(Ok(batch));
    }
    Ok(())
}
