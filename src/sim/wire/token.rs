//! Paging tokens: opaque to the caller, bound to the operation and its filters, checked when they come back.

/// Where a page starts and as of when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Position in the whole answer.
    pub offset: u64,
    /// The time the first page was made; later pages show the same.
    pub now: i64,
}

/// A token for the next page of an operation; `filters` is any text that says what was asked.
#[must_use]
pub fn issue(operation: &str, filters: &str, place: Place) -> String {
    let now = place.now.cast_unsigned();
    format!("{:016x}{:016x}{now:016x}", check(operation, filters, place), place.offset)
}

/// The place a token names; None for one that was not issued for this operation and these filters.
#[must_use]
pub fn read(operation: &str, filters: &str, token: &str) -> Option<Place> {
    if token.len() != 48 || !token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let number = |from: usize| u64::from_str_radix(&token[from..from + 16], 16).ok();
    let place = Place { offset: number(16)?, now: number(32)?.cast_signed() };
    (number(0)? == check(operation, filters, place)).then_some(place)
}

fn check(operation: &str, filters: &str, place: Place) -> u64 {
    mix(&[operation.as_bytes(), filters.as_bytes(), &place.offset.to_be_bytes(), &place.now.to_be_bytes()])
}

/// A well-mixed number from parts (FNV-1a and a final scramble); the same parts always give the same number.
#[must_use]
pub fn mix(parts: &[&[u8]]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.iter().chain(&[0xff]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own() {
        let place = Place { offset: 500, now: 1_700_000_000 };
        let token = issue("ListMetrics", "a", place);
        assert_eq!(read("ListMetrics", "a", &token), Some(place));
        assert_eq!(read("ListMetrics", "b", &token), None);
        assert_eq!(read("Other", "a", &token), None);
        assert_eq!(read("ListMetrics", "a", "nonsense"), None);
        assert_eq!(read("ListMetrics", "a", &"é".repeat(24)), None);
    }
}
