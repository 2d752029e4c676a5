//! Who answers: today, quotes from memory.

pub mod quote;
