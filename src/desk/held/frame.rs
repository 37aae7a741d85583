//! Pure: what a desk and the holder of its shell say to each other: frames of a letter, a length and bytes. A letter that is not
//! known is passed over, so that a desk may be newer than a holder.

/// The longest frame that is taken. Nobody sends longer ones.
const MOST: usize = 1 << 20;

const HEAD: usize = 5;

/// What a desk says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FromDesk {
    /// These bytes are typed.
    Typed(Vec<u8>),
    /// The terminal has this many columns and rows. The first frame of every desk.
    Size(u16, u16),
    /// The shell is hung up on.
    HangUp,
    /// The shell is killed.
    Kill,
}

/// What a holder says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FromShell {
    /// The shell wrote this. The first frame is what there is to be seen.
    Wrote(Vec<u8>),
    /// The shell has ended.
    Ended,
    /// Another desk has the shell now.
    Taken,
}

impl FromDesk {
    /// As a frame.
    pub(super) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Typed(bytes) => frame(b't', bytes),
            Self::Size(columns, rows) => {
                let [a, b] = columns.to_be_bytes();
                let [c, d] = rows.to_be_bytes();
                frame(b's', &[a, b, c, d])
            }
            Self::HangUp => frame(b'h', &[]),
            Self::Kill => frame(b'k', &[]),
        }
    }

    fn of(letter: u8, bytes: &[u8]) -> Option<Self> {
        match (letter, bytes) {
            (b't', bytes) => Some(Self::Typed(bytes.to_vec())),
            (b's', &[a, b, c, d]) => Some(Self::Size(u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]))),
            (b'h', _) => Some(Self::HangUp),
            (b'k', _) => Some(Self::Kill),
            _ => None,
        }
    }
}

impl FromShell {
    /// As a frame.
    pub(super) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Wrote(bytes) => frame(b'w', bytes),
            Self::Ended => frame(b'e', &[]),
            Self::Taken => frame(b'x', &[]),
        }
    }

    fn of(letter: u8, bytes: &[u8]) -> Option<Self> {
        match letter {
            b'w' => Some(Self::Wrote(bytes.to_vec())),
            b'e' => Some(Self::Ended),
            b'x' => Some(Self::Taken),
            _ => None,
        }
    }
}

fn frame(letter: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&[letter], &length[..], bytes].concat()
}

/// Bytes that arrived, of which a frame may be half there.
#[derive(Debug, Default)]
pub(super) struct Arrived(Vec<u8>);

/// A frame is longer than anybody sends one: it is none.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Arrived {
    /// Takes bytes of a desk.
    pub(super) fn of_desk(&mut self, bytes: &[u8]) -> Result<Vec<FromDesk>, TooLong> {
        self.take(bytes, FromDesk::of)
    }

    /// Takes bytes of a holder.
    pub(super) fn of_shell(&mut self, bytes: &[u8]) -> Result<Vec<FromShell>, TooLong> {
        self.take(bytes, FromShell::of)
    }

    fn take<T>(&mut self, bytes: &[u8], of: fn(u8, &[u8]) -> Option<T>) -> Result<Vec<T>, TooLong> {
        self.0.extend_from_slice(bytes);
        let (mut found, mut at) = (Vec::new(), 0);
        while let Some(&[letter, a, b, c, d]) = self.0.get(at..at + HEAD) {
            let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
            if length > MOST {
                return Err(TooLong);
            }
            let Some(body) = self.0.get(at + HEAD..at + HEAD + length) else { break };
            found.extend(of(letter, body));
            at += HEAD + length;
        }
        self.0.drain(..at);
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_arrive_whole_however_they_are_cut() {
        let said = [
            FromDesk::Size(120, 40),
            FromDesk::Typed(b"a\x00\xff".to_vec()),
            FromDesk::HangUp,
            FromDesk::Kill,
        ];
        let all: Vec<u8> = said.iter().flat_map(FromDesk::bytes).collect();
        for cut in 0..=all.len() {
            let mut arrived = Arrived::default();
            let mut heard = arrived.of_desk(&all[..cut]).unwrap();
            heard.extend(arrived.of_desk(&all[cut..]).unwrap());
            assert_eq!(heard, said, "{cut}");
        }
        let said = [FromShell::Wrote(vec![7; 70_000]), FromShell::Ended, FromShell::Taken];
        let all: Vec<u8> = said.iter().flat_map(FromShell::bytes).collect();
        let mut arrived = Arrived::default();
        let heard: Vec<FromShell> =
            all.chunks(1000).flat_map(|part| arrived.of_shell(part).unwrap()).collect();
        assert_eq!(heard, said);
    }

    #[test]
    fn what_is_not_known_is_passed_over_and_what_is_too_long_is_refused() {
        let mut arrived = Arrived::default();
        let all = [frame(b'?', b"newer"), frame(b's', b"x"), FromDesk::HangUp.bytes()].concat();
        assert_eq!(arrived.of_desk(&all), Ok(vec![FromDesk::HangUp]));
        assert_eq!(arrived.of_desk(&[b't', 0xff, 0xff, 0xff, 0xff]), Err(TooLong));
    }
}
