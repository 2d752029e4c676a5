//! What a person types behind `/` to call a skill.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;

const MOST: usize = 32;

/// The name that a skill asks for: small letters, digits, and `_` for every run of anything else.
pub fn wanted(name: &str) -> String {
    let mut out = String::new();
    for character in name.chars().flat_map(char::to_lowercase) {
        match character {
            'a'..='z' | '0'..='9' => out.push(character),
            _ if !out.is_empty() && !out.ends_with('_') => out.push('_'),
            _ => {}
        }
        if out.len() > MOST {
            break;
        }
    }
    out.truncate(MOST);
    let trimmed = out.trim_matches('_');
    if trimmed.is_empty() { "skill".to_owned() } else { trimmed.to_owned() }
}

/// The same with foreign letters spelled out, where that is another name: `ueber_groesse` beside `ber_gr_e`.
pub fn spelled_out(name: &str) -> Option<String> {
    let composed: String = name.nfc().collect();
    let mut out = String::new();
    for character in composed.chars() {
        match character {
            'ä' | 'Ä' | 'æ' | 'Æ' => out.push_str("ae"),
            'ö' | 'Ö' | 'œ' | 'Œ' | 'ø' | 'Ø' => out.push_str("oe"),
            'ü' | 'Ü' => out.push_str("ue"),
            'ß' | 'ẞ' => out.push_str("ss"),
            'å' | 'Å' => out.push_str("aa"),
            'þ' | 'Þ' => out.push_str("th"),
            'ð' | 'Ð' | 'đ' | 'Đ' => out.push('d'),
            'ł' | 'Ł' => out.push('l'),
            'ı' => out.push('i'),
            other => out.extend(std::iter::once(other).nfd().filter(|part| {
                // Marks on letters fall away; everything else is judged later.
                !matches!(part, '\u{300}'..='\u{36f}')
            })),
        }
    }
    let spelled = wanted(&out);
    (spelled != wanted(name) && spelled != "skill").then_some(spelled)
}

/// Gives each name one that nobody has: `_2`, `_3` and so on behind a name that is taken.
pub fn unique(names: &[&str], taken: &mut BTreeSet<String>) -> Vec<String> {
    names.iter().map(|name| free(&wanted(name), taken)).collect()
}

fn free(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut candidate = name.to_owned();
    let mut number = 2_u32;
    while taken.contains(&candidate) {
        let suffix = format!("_{number}");
        let room = MOST.saturating_sub(suffix.len());
        let stem: String = name.chars().take(room).collect();
        candidate = format!("{stem}{suffix}");
        number = number.saturating_add(1);
    }
    taken.insert(candidate.clone());
    candidate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_a_command_as_other_programs_have_it() {
        for (name, command) in [
            ("forecast", "forecast"),
            ("Piano-Tuner Pro", "piano_tuner_pro"),
            ("öl-größe", "l_gr_e"),
            ("漢字", "skill"),
            ("a--b__c", "a_b_c"),
            ("___", "skill"),
            ("Tool (v3)!", "tool_v3"),
            ("7zip", "7zip"),
            ("x:y", "x_y"),
            (&"Y".repeat(50), &"y".repeat(32)),
            ("abcdefghijklmnopqrstuvwxyz01234 tail", "abcdefghijklmnopqrstuvwxyz01234"),
        ] {
            assert_eq!(wanted(name), command, "{name}");
        }
    }

    #[test]
    fn foreign_letters_are_spelled_out_in_a_second_name() {
        for (name, command) in [
            ("öl-größe", Some("oel_groesse")),
            ("Zählerstand", Some("zaehlerstand")),
            // The same, with the dots as a character of their own.
            ("za\u{308}hler", Some("zaehler")),
            ("café", Some("cafe")),
            ("plain", None),
            ("漢字", None),
        ] {
            assert_eq!(spelled_out(name).as_deref(), command, "{name}");
        }
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let long = "z".repeat(40);
        let mut taken = BTreeSet::from(["help".to_owned()]);
        let names = unique(&["help", "Help", "other", "help", &long, &long], &mut taken);
        let expected = [
            "help_2",
            "help_3",
            "other",
            "help_4",
            &"z".repeat(32),
            &format!("{}_2", "z".repeat(30)),
        ];
        assert_eq!(names, expected);
    }
}
