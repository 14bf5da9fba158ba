//! What is given to the journal at once: the records of one turn, or a snapshot.

use crate::frame::Kind;
use ground::Utc;

/// Makes the content of a message when it is written, on the writer's thread.
pub(crate) type Later = Box<dyn FnOnce(&mut Vec<u8>) + Send>;

/// What the writer gets.
pub(crate) enum Chunk {
    /// Messages: kind (u8), length (u32), content.
    Messages(Vec<u8>),
    /// One message whose content is made later.
    Later(Kind, Later),
    /// A new file begins, with a snapshot.
    NewFile { position: u64, begun: Utc },
}

/// Messages that go into the journal together or not at all.
#[derive(Default)]
pub struct Turn {
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) bytes: usize,
}

/// Bytes before the content of a message in memory.
const PREFIX: usize = 5;

impl Turn {
    /// A turn without messages.
    pub fn new() -> Self {
        Turn::default()
    }

    /// True when nothing was put in.
    pub fn is_empty(&self) -> bool {
        self.chunks.iter().all(|chunk| matches!(chunk, Chunk::Messages(bytes) if bytes.is_empty()))
    }

    /// How many bytes it takes in memory; what is made later does not count.
    pub fn len(&self) -> usize {
        self.bytes
    }

    /// Forgets everything, and keeps the room.
    pub fn clear(&mut self) {
        self.bytes = 0;
        self.chunks.truncate(1);
        match self.chunks.first_mut() {
            Some(Chunk::Messages(bytes)) => bytes.clear(),
            _ => self.chunks.clear(),
        }
    }

    /// Appends a message whose content `fill` appends to what it is given.
    pub fn put(&mut self, kind: Kind, fill: impl FnOnce(&mut Vec<u8>)) {
        if !matches!(self.chunks.last(), Some(Chunk::Messages(_))) {
            self.chunks.push(Chunk::Messages(Vec::new()));
        }
        let Some(Chunk::Messages(bytes)) = self.chunks.last_mut() else { return };
        let begin = bytes.len();
        bytes.push(kind as u8);
        bytes.extend_from_slice(&[0; PREFIX - 1]);
        fill(bytes);
        let length = u32::try_from(bytes.len() - begin - PREFIX).unwrap_or(u32::MAX);
        bytes[begin + 1..begin + PREFIX].copy_from_slice(&length.to_le_bytes());
        self.bytes += bytes.len() - begin;
    }

    /// Appends a message whose content is made on the writer's thread: for what is big, shared and never changes.
    pub fn put_later(&mut self, kind: Kind, fill: impl FnOnce(&mut Vec<u8>) + Send + 'static) {
        self.chunks.push(Chunk::Later(kind, Box::new(fill)));
    }

    /// The messages of this turn, what is made later made now.
    pub fn messages(self) -> Vec<(Kind, Vec<u8>)> {
        let mut all = Vec::new();
        for chunk in self.chunks {
            match chunk {
                Chunk::Messages(bytes) => {
                    all.extend(each(&bytes).map(|(kind, content)| (kind, content.to_vec())));
                }
                Chunk::Later(kind, fill) => {
                    let mut content = Vec::new();
                    fill(&mut content);
                    all.push((kind, content));
                }
                Chunk::NewFile { .. } => {}
            }
        }
        all
    }
}

/// The messages of a chunk in memory.
pub(crate) fn each(bytes: &[u8]) -> impl Iterator<Item = (Kind, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (&[kind, a, b, c, d], behind) = rest.split_first_chunk::<PREFIX>()?;
        let (content, behind) = behind.split_at_checked(u32::from_le_bytes([a, b, c, d]) as usize)?;
        rest = behind;
        Some((Kind::of(kind)?, content))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_keep_their_order_also_around_those_made_later() {
        let mut turn = Turn::new();
        turn.put(Kind::Record, |bytes| bytes.extend_from_slice(b"one"));
        turn.put(Kind::Record, |_| {});
        turn.put_later(Kind::Section, |bytes| bytes.push(7));
        turn.put(Kind::Whole, |bytes| bytes.push(8));
        assert_eq!(turn.len(), 3 * PREFIX + 4);
        let messages = turn.messages();
        let expected: [(Kind, &[u8]); 4] =
            [(Kind::Record, b"one"), (Kind::Record, b""), (Kind::Section, &[7]), (Kind::Whole, &[8])];
        assert!(messages.iter().map(|(kind, content)| (*kind, content.as_slice())).eq(expected));
    }

    #[test]
    fn a_cleared_turn_is_empty() {
        let mut turn = Turn::new();
        turn.put(Kind::Record, |bytes| bytes.push(1));
        turn.put_later(Kind::Record, |_| {});
        turn.clear();
        assert!(turn.is_empty());
        assert_eq!(turn.bytes, 0);
        turn.put(Kind::Record, |bytes| bytes.push(2));
        assert_eq!(turn.messages(), [(Kind::Record, vec![2])]);
    }
}
