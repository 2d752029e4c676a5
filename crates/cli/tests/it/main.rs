//! What a person sees: the real binary in an empty environment and a temporary home.
#![expect(clippy::unwrap_used, reason = "a test that cannot prepare its home has failed")]

mod asking;
mod chat;
mod chat_kill;
mod configuration;
mod conversation;
mod durability;
mod embedding;
mod first_start;
mod forget_kill;
mod forgetting;
mod full_disk;
mod hands;
mod history;
mod home;
mod manual;
mod memory;
mod models;
mod permission;
mod sandbox;
mod scripted;
mod skills;
mod streams;
mod too_long;
mod usage;
