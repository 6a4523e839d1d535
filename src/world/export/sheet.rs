//! The text of a world file while it is written: a row a line, so that two exports can be compared with `diff`.

use std::io;
use std::mem;

use serde::Serialize;
use tokio::sync::mpsc;

use crate::world::format::VERSION;

/// Bytes that are worth a trip to the writer.
const CHUNK: usize = 64 * 1024;

/// The lists of a file, one behind the other; whoever writes them to the disk listens at the other end.
pub(super) struct Sheet {
    text: Vec<u8>,
    chunks: mpsc::Sender<Vec<u8>>,
    /// What stands before the next row.
    separator: &'static str,
    in_list: bool,
}

impl Sheet {
    pub(super) fn new(chunks: mpsc::Sender<Vec<u8>>) -> Self {
        Self {
            text: format!("{{\"version\": {VERSION}").into_bytes(),
            chunks,
            separator: "",
            in_list: false,
        }
    }

    /// Begins a list, and ends the one before.
    pub(super) fn open(&mut self, list: &str) {
        self.close();
        self.push(&format!(",\n\"{list}\": ["));
        self.separator = "\n";
        self.in_list = true;
    }

    pub(super) fn row(&mut self, row: &impl Serialize) -> io::Result<()> {
        let separator = mem::replace(&mut self.separator, ",\n");
        self.push(separator);
        serde_json::to_writer(&mut self.text, row)?;
        Ok(())
    }

    /// Lets go of what has been written, when it is enough.
    pub(super) async fn send(&mut self) -> io::Result<()> {
        if self.text.len() < CHUNK {
            return Ok(());
        }
        let text = mem::take(&mut self.text);
        self.chunks
            .send(text)
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }

    /// Ends the file.
    pub(super) async fn end(mut self) -> io::Result<()> {
        self.close();
        self.push("}\n");
        self.chunks
            .send(self.text)
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }

    fn close(&mut self) {
        if self.in_list {
            self.push(if self.separator == "\n" { "]" } else { "\n]" });
        }
    }

    fn push(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
    }
}
