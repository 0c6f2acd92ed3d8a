//! A reader over bytes that cannot go past their end, with automerge's canonical variable-length integers,
//! and their writer.

use super::ChunkError;

/// What is still to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn take(&mut self, length: u64) -> Result<&'a [u8], ChunkError> {
        let length = usize::try_from(length).map_err(|_| ChunkError::CutShort)?;
        let (taken, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(ChunkError::CutShort)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], ChunkError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(ChunkError::CutShort)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn byte(&mut self) -> Result<u8, ChunkError> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// An unsigned LEB128 in its shortest form.
    pub(super) fn unsigned(&mut self) -> Result<u64, ChunkError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let overlong = byte == 0 && shift > 0;
                let too_large = shift == 63 && byte > 1;
                return if overlong || too_large {
                    Err(ChunkError::NotCanonical("integer"))
                } else {
                    Ok(value)
                };
            }
        }
        Err(ChunkError::NotCanonical("integer"))
    }

    /// A signed LEB128 in its shortest form.
    pub(super) fn signed(&mut self) -> Result<i64, ChunkError> {
        let mut value = 0_i64;
        let mut before = 0_u8;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let extended =
                    (byte == 0 && before & 0x40 == 0) || (byte == 0x7f && before & 0x40 != 0);
                let too_large = shift == 63 && byte != 0 && byte != 0x7f;
                if (shift > 0 && extended) || too_large {
                    return Err(ChunkError::NotCanonical("integer"));
                }
                if shift + 7 < 64 && byte & 0x40 != 0 {
                    value |= -1 << (shift + 7);
                }
                return Ok(value);
            }
            before = byte;
        }
        Err(ChunkError::NotCanonical("integer"))
    }

    /// A text preceded by its length in bytes.
    pub(super) fn text(&mut self) -> Result<&'a str, ChunkError> {
        let length = self.unsigned()?;
        std::str::from_utf8(self.take(length)?).map_err(|_| ChunkError::Malformed("text"))
    }
}

/// Writes an unsigned LEB128 in its shortest form.
pub(super) fn write_unsigned(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let byte = u8::try_from(value & 0x7f).unwrap_or_default();
        value >>= 7;
        if value == 0 {
            return out.push(byte);
        }
        out.push(byte | 0x80);
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn integers_are_read_in_their_shortest_form_only() {
        assert_eq!(Bytes(&[0x7f]).unsigned(), Ok(127));
        assert_eq!(Bytes(&[0x80, 0x01]).unsigned(), Ok(128));
        assert!(Bytes(&[0x80, 0x00]).unsigned().is_err());
        assert_eq!(Bytes(&[0x7f]).signed(), Ok(-1));
        assert_eq!(Bytes(&[0xc0, 0x00]).signed(), Ok(64));
        assert_eq!(Bytes(&[0xbf, 0x7f]).signed(), Ok(-65));
        assert!(Bytes(&[0xff, 0x7f]).signed().is_err());
        assert!(Bytes(&[0x80; 11]).unsigned().is_err());
    }

    #[test]
    fn the_extremes_survive() {
        let most = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(Bytes(&most).unsigned(), Ok(u64::MAX));
        let least = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f];
        assert_eq!(Bytes(&least).signed(), Ok(i64::MIN));
    }
}
