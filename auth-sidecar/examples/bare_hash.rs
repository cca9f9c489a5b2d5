//! Argon2id at the default cost in a loop, each thread with memory that it uses again: what logins are
//! measured against.
//!
//!     cargo run --release -p dateline-auth --example bare_hash -- SECONDS THREADS

use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let (Some(Ok(seconds)), Some(Ok(threads))) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: bare_hash SECONDS THREADS");
        std::process::exit(2);
    };
    let started = Instant::now();
    let end = started + Duration::from_secs(seconds);
    let threads: Vec<_> = (0..threads)
        .map(|_| std::thread::spawn(move || run(end)))
        .collect();
    let hashes: u64 = threads
        .into_iter()
        .map(|thread| thread.join().unwrap_or(0))
        .sum();
    println!(
        "hashes_per_second {:.2}",
        hashes as f64 / started.elapsed().as_secs_f64()
    );
}

fn run(end: Instant) -> u64 {
    let params = Params::default();
    let mut memory = vec![Block::new(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let (mut out, mut hashes) = ([0; 32], 0);
    while Instant::now() < end {
        let salt = u128::from(hashes).to_le_bytes();
        let hashed = argon2.hash_password_into_with_memory(
            b"Correct-Horse-42!",
            &salt,
            &mut out,
            &mut memory,
        );
        std::hint::black_box((hashed.is_ok(), &out));
        hashes += 1;
    }
    hashes
}
