//! Rust without its comments, its literals and its test modules, so that a rule sees only code that ships.

/// Blanks comments and the insides of literals. Every line stays where it is.
pub(crate) fn without_words(source: &str) -> String {
    let letters: Vec<char> = source.chars().collect();
    let mut code = String::with_capacity(source.len());
    let mut place = 0;
    while place < letters.len() {
        let length = comment(&letters[place..]).or_else(|| literal(&letters, place));
        let end = (place + length.unwrap_or(0)).min(letters.len());
        code.extend(letters[place..end].iter().map(|&letter| blank(letter)));
        if length.is_none() {
            code.push(letters[place]);
        }
        place = end.max(place + 1 - usize::from(length.is_some()));
    }
    code
}

/// Blanks the modules that are compiled for tests only, in code that [`without_words`] made.
pub(crate) fn without_tests(code: &str) -> String {
    let mut shipped = code.to_owned();
    while let Some(start) = shipped.find("#[cfg(test)]") {
        let rest = &shipped[start..];
        let semicolon = rest.find(';').unwrap_or(rest.len());
        let length = match rest.find('{') {
            Some(brace) if brace < semicolon => brace + block(&rest[brace..]),
            Some(_) | None => semicolon,
        };
        let gone: String = rest[..length].chars().map(blank).collect();
        shipped.replace_range(start..start + length, &gone);
    }
    shipped
}

/// Returns the words of a line: runs of letters, digits and underscores.
pub(crate) fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty())
}

fn blank(letter: char) -> char {
    if letter == '\n' { '\n' } else { ' ' }
}

/// Returns the length of the comment that begins here.
fn comment(letters: &[char]) -> Option<usize> {
    match letters {
        ['/', '/', ..] => {
            Some(letters.iter().position(|&letter| letter == '\n').unwrap_or(letters.len()))
        }
        ['/', '*', ..] => {
            let (mut depth, mut place) = (1, 2);
            while depth > 0 && place < letters.len() {
                let (change, step) = match letters[place..] {
                    ['/', '*', ..] => (1, 2),
                    ['*', '/', ..] => (-1, 2),
                    _ => (0, 1),
                };
                depth += change;
                place += step;
            }
            Some(place)
        }
        _ => None,
    }
}

/// Returns the length of the string or character that begins at `place`.
fn literal(letters: &[char], place: usize) -> Option<usize> {
    let here = &letters[place..];
    let continues_a_word =
        place > 0 && (letters[place - 1].is_alphanumeric() || letters[place - 1] == '_');
    match here {
        ['"', ..] => Some(escaped(here, '"')),
        ['\'', '\\', ..] => Some(escaped(here, '\'')),
        // `'a'` is a character, `'a` a lifetime.
        ['\'', _, '\'', ..] => Some(3),
        ['r', '"' | '#', ..] if !continues_a_word => raw(here, 1),
        ['b' | 'c', 'r', '"' | '#', ..] if !continues_a_word => raw(here, 2),
        _ => None,
    }
}

fn escaped(letters: &[char], end: char) -> usize {
    let mut place = 1;
    while place < letters.len() && letters[place] != end {
        place += if letters[place] == '\\' { 2 } else { 1 };
    }
    place + 1
}

/// `r#name` is an identifier, not a string.
fn raw(letters: &[char], prefix: usize) -> Option<usize> {
    let hashes = letters[prefix..].iter().take_while(|&&letter| letter == '#').count();
    let start = prefix + hashes + 1;
    if letters.get(start - 1) != Some(&'"') {
        return None;
    }
    let mut end = vec!['"'];
    end.resize(hashes + 1, '#');
    let inside = letters[start..].windows(end.len()).position(|window| window == end);
    Some(inside.map_or(letters.len(), |inside| start + inside + end.len()))
}

/// Returns the length of the block whose brace begins `code`.
fn block(code: &str) -> usize {
    let mut depth = 0_usize;
    for (place, letter) in code.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return place + 1;
        }
    }
    code.len()
}

mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &[&str]) {
        let code = without_tests(&without_words(source));
        assert_eq!(code.lines().count(), source.lines().count(), "lines move in {source}");
        assert_eq!(words(&code).collect::<Vec<_>>(), expected, "{source}");
    }

    #[test]
    fn comments_are_no_code() {
        check("a // b\nc /* d /* e */ f\n */ g\n//! h", &["a", "c", "g"]);
    }

    #[test]
    fn strings_are_no_code() {
        check(r##"a("b \" c", r#"d " e"#, br"f", 'g', '\'', b'h') i"##, &["a", "b", "i"]);
    }

    #[test]
    fn lifetimes_and_raw_identifiers_are_code() {
        check(
            "fn a<'b>(c: &'b str, r#type: &'_ str)",
            &["fn", "a", "b", "c", "b", "str", "r", "type", "_", "str"],
        );
    }

    #[test]
    fn test_modules_do_not_ship() {
        check(
            "a\n#[cfg(test)]\nmod tests { b { '}' } c }\nd\n#[cfg(test)]\nmod more;\ne",
            &["a", "d", "e"],
        );
    }
}
