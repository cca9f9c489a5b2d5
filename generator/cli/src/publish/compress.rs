//! Compresses text with Brotli and gzip, once, so that servers need not do it for each request.

use std::io::Write as _;

use dateline::config::publish::Coding;
use flate2::{Compression, write::GzEncoder};

/// Much smaller than what servers make on the fly, and ten times faster than the best quality.
const BROTLI_QUALITY: u32 = 9;
/// Pages are smaller than this window.
const BROTLI_WINDOW: u32 = 22;

/// Compresses a body. Writing to memory does not fail; reading uploads back would detect it.
pub(super) fn compress(coding: Coding, body: &[u8]) -> Vec<u8> {
    match coding {
        Coding::Plain => body.to_vec(),
        Coding::Brotli => {
            let mut out = Vec::new();
            let mut writer =
                brotli::CompressorWriter::new(&mut out, 1 << 16, BROTLI_QUALITY, BROTLI_WINDOW);
            let _ = writer.write_all(body);
            drop(writer);
            out
        }
        Coding::Gzip => {
            let mut writer = GzEncoder::new(Vec::new(), Compression::best());
            let _ = writer.write_all(body);
            writer.finish().unwrap_or_default()
        }
    }
}
