//! Whether a program is statically linked: elf(5).
//!
//! In: a file's bytes. Out: yes or no. A static program has no `PT_INTERP` and no `PT_DYNAMIC` entry, or is
//! static-pie: dynamic section without an interpreter.

const PT_INTERP: u32 = 3;

/// `bytes` start a 64-bit little-endian ELF program that needs no interpreter.
pub fn is_static(bytes: &[u8]) -> bool {
    headers(bytes).is_some_and(|mut types| types.all(|kind| kind != PT_INTERP))
}

/// The `p_type` of every program header.
fn headers(bytes: &[u8]) -> Option<impl Iterator<Item = u32>> {
    let is_elf64 = bytes.get(..6)? == [0x7f, b'E', b'L', b'F', 2, 1];
    let offset = usize::try_from(u64::from_le_bytes(bytes.get(32..40)?.try_into().ok()?)).ok()?;
    let size = usize::from(u16::from_le_bytes(bytes.get(54..56)?.try_into().ok()?));
    let count = usize::from(u16::from_le_bytes(bytes.get(56..58)?.try_into().ok()?));
    let end = offset.checked_add(size.checked_mul(count)?)?;
    let table = bytes.get(offset..end)?;
    (is_elf64 && size >= 4 && count > 0).then(|| {
        table.chunks_exact(size).map(|entry| u32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]))
    })
}

#[cfg(test)]
mod tests {
    use super::is_static;

    fn elf(types: &[u32]) -> Vec<u8> {
        let mut bytes = vec![0; 64];
        bytes[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1]);
        bytes[32] = 64;
        bytes[54] = 56;
        bytes[56] = types.len() as u8;
        for kind in types {
            bytes.extend_from_slice(&kind.to_le_bytes());
            bytes.extend_from_slice(&[0; 52]);
        }
        bytes
    }

    #[test]
    fn an_interpreter_makes_a_program_dynamic() {
        assert!(is_static(&elf(&[1, 1])));
        assert!(!is_static(&elf(&[1, 3])));
    }

    #[test]
    fn what_is_no_complete_program_is_not_static() {
        assert!(!is_static(b"#!/bin/sh"));
        assert!(!is_static(&elf(&[1, 1])[..100]));
        assert!(!is_static(&elf(&[])));
    }
}
