//! Boxes of ISO/IEC 14496-12: each has its length, its kind and a body.

/// A box.
#[derive(Clone, Copy, Debug)]
pub(super) struct Boxed<'a> {
    pub kind: [u8; 4],
    pub whole: &'a [u8],
    pub body: &'a [u8],
}

/// The boxes that stand one after the other; `None` if the last was cut off.
pub(super) fn boxes(bytes: &[u8]) -> Option<Vec<Boxed<'_>>> {
    let mut rest = Reader(bytes);
    let mut boxes = Vec::new();
    while !rest.0.is_empty() {
        let start = rest.0;
        let short = rest.u32()?;
        let kind = *rest.take(4)?.first_chunk()?;
        let (head, length) = match short {
            0 => (8, start.len() as u64),
            1 => (16, rest.u64()?),
            short => (8, short.into()),
        };
        let length = usize::try_from(length).ok()?;
        let whole = start.get(..length)?;
        let body = whole.get(head..)?;
        boxes.push(Boxed { kind, whole, body });
        rest = Reader(&start[length..]);
    }
    Some(boxes)
}

/// Writes a box.
pub(super) fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = (8 + body.len()) as u32;
    [&length.to_be_bytes()[..], kind, body].concat()
}

/// Reads from the beginning on.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub fn u8(&mut self) -> Option<u8> {
        Some(self.take(1)?[0])
    }

    pub fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(*self.take(2)?.first_chunk()?))
    }

    pub fn u32(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(*self.take(4)?.first_chunk()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_be_bytes(*self.take(8)?.first_chunk()?))
    }

    /// A number of 0, 4 or 8 bytes.
    pub fn sized(&mut self, bytes: u8) -> Option<u64> {
        match bytes {
            0 => Some(0),
            4 => self.u32().map(u64::from),
            8 => self.u64(),
            _ => None,
        }
    }

    /// The number of an item, which newer boxes have longer than any file needs.
    pub fn item(&mut self, is_long: bool) -> Option<u16> {
        match is_long {
            true => self.u32()?.try_into().ok(),
            false => self.u16(),
        }
    }
}
