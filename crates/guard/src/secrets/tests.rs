//! Both directions by table, and what must hold for every text.

use proptest::prelude::*;

use super::*;

/// A text in which a secret stands between `«` and `»`, so that no scanner takes this file for a leak.
fn marked(text: &str) -> (String, String) {
    let (before, rest) = text.split_once('«').unwrap();
    let (secret, after) = rest.split_once('»').unwrap();
    // The bar is where the vendor's prefix ends.
    let secret = secret.replace('|', "");
    (format!("{before}{secret}{after}"), secret)
}

#[track_caller]
fn check(text: &str, kind: Kind) {
    let (text, secret) = marked(text);
    let found = find(&text);
    assert_eq!(found.len(), 1, "{text:?}: {found:?}");
    assert_eq!((&text[found[0].range.clone()], found[0].kind), (secret.as_str(), kind), "{text:?}");
    let masked = mask(&text);
    assert!(!masked.contains(&secret), "{masked}");
    assert_eq!(mask(&masked), masked);
}

#[test]
fn the_key_of_a_vendor_is_found() {
    for (text, vendor) in [
        ("key «AKIA|R7WQ2LMXZ4PT9KBD» here", "AWS"),
        ("«AIza|SyB3kQ9xW7vN2mR5tL8pJ4hG6fD1sAcYuZe»", "Google"),
        ("«AccountKey=|q8Zr3Kx0Yt7Wm2Vb5Nc9Lf4Hd6Gs1Pj8Ra3Tk7Ue2Xi5Oz9Bq4Mw6Dv1Cy8Sg==»", "Azure"),
        ("url «ghp_|Zk3Lq9Xw7Vb2Nm5Rt8Pj4Hg6Fd1SaCyUe0Qi»", "GitHub"),
        ("«github_pat_|11ABQ7L2K0xYt9Wm2Vb5Nc_9Lf4Hd6Gs1Pj8Ra3Tk7Ue2Xi5Oz9Bq4Mw6Dv1Cy8»", "GitHub"),
        ("«glpat-|Qx7Lm2Rt9Vb4Nc6Hd1Gs»", "GitLab"),
        ("«xoxb-|2817364950-kQ9xW7vN2mR5tL8p»", "Slack"),
        ("«sk_live_|4eC39HqLyjWDarjtT1zdp7dc»", "Stripe"),
        ("«sk-proj-|Ab3_Cd5-Ef7Gh9Ij2Kl4Mn6Op8Qr»", "OpenAI"),
        ("«sk-ant-|api03-Ab3_Cd5-Ef7Gh9Ij2Kl4Mn6Op8Qr»", "Anthropic"),
        ("«hf_|QxLmRtVbNcHdGsWkZpYjTfUeIaOqBwDvCy»", "Hugging Face"),
        ("«npm_|Zk3Lq9Xw7Vb2Nm5Rt8Pj4Hg6Fd1SaCyUe0Qi»", "npm"),
        ("«pypi-|AgEIcHlwaS5vcmcCJDk3ZjBhNTQ2LTJkZWYtNDc2My1iMWFkLTFlY2I4ODg2OTQ4ZQ»", "PyPI"),
        ("bot «7281936450:|AAH9xW7vN2mR5tL8pJ4hG6fD1sAcYuZeQ3k»", "Telegram"),
        ("«MTk4NjIyNDgzNDcxOTI1MjQ4|.Gh7Kx2.Zq9Lw3Xv7Nb2Mm5Rt8Pj4Hg6Fd1SaCy»", "Discord"),
    ] {
        check(text, Kind::Vendor(vendor));
    }
}

#[test]
fn a_secret_with_a_form_of_its_own_is_found() {
    check(
        "a\n«-----BEGIN RSA| PRIVATE KEY-----\nMIIEow\nabc\n-----END RSA PRIVATE KEY-----»\nb",
        Kind::PrivateKey,
    );
    check("«-----BEGIN OPENSSH| PRIVATE KEY-----\nb3BlbnNz»", Kind::PrivateKey);
    check(
        "t=«eyJhbGciOiJIUzI1NiJ9|.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N» x",
        Kind::Jwt,
    );
    check("Authorization: Bearer «9f8Kx2Lq7|Wm3Vb5Nc1Hd»", Kind::Authorization);
    check("authorization: basic «dXNlcjpw|YXNzd29yZDE=»", Kind::Authorization);
    check("postgres://ada:«s3cr|3t!pw»@db.local/notes", Kind::AddressPassword);
}

#[test]
fn the_value_behind_a_word_is_found_where_it_looks_like_one() {
    for text in [
        "password = «Tr0ub|4dor&3»",
        "Passwort: «kX9-|wollmaus»",
        "Kennwort lautet:\nPasswort=«Hase|2041»",
        "\"api_key\": \"«q7Lm2Rt9|Vb4Nc6Hd»\"",
        "export DB_PASSWORD='«gruen|!Baum7»'",
        "https://x.example/cb?token=«9f8Kx2Lq7Wm3|Vb5N»&next=1",
        "client-secret: «Zk3~Lq9.Xw7|Vb2Nm5»",
        "**API key:** `«q7Lm2Rt9Vb4N|c6Hd1Gs8»`",
    ] {
        check(text, Kind::Assigned);
    }
}

#[test]
fn what_is_no_secret_is_left_alone() {
    for text in [
        "password = changeme",
        "api_key = { env = \"ANTHROPIC_API_KEY\" }",
        "api_key: <your key>",
        "token = ${GITHUB_TOKEN}",
        "password: ********",
        "password: string;",
        "let token = parser.next_token();",
        "const apiKey = process.env.API_KEY;",
        "Passwort: liegt im Tresor",
        "Das Passwort: siehe Notiz, bitte nicht weitergeben",
        "The password is on the fridge. Token: the smallest part of a text.",
        "max_tokens: 4096, token_count = 1024",
        "commit d670460b4b4aece5915caf5c68d12f560a9fe3e4",
        "id 550e8400-e29b-41d4-a716-446655440000",
        "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "part AB-1234-XY-99, IBAN DE89 3704 0044 0532 0130 00, card 4111 1111 1111 1111",
        "![x](data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk)",
        "https://example.org:8443/a@b and mailto:ada@example.org",
        "postgres://user:password@localhost/db",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx sk-your-key AKIAXXXXXXXXXXXXXXXX",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "Bearer of bad news; basic understanding; Bearer <token>",
        "Schlüssel: beim Nachbarn. Secret: vinegar",
        "sk-learn, task-management, desk-lamp, risk-assessment",
    ] {
        assert_eq!(find(text), [], "{text:?}");
    }
}

#[test]
fn a_long_secret_shows_its_end_and_a_short_one_nothing() {
    let (text, _) = marked("«ghp_|Zk3Lq9Xw7Vb2Nm5Rt8Pj4Hg6Fd1SaCyUe0Qi»");
    assert_eq!(mask(&text), "⟦GitHub key …e0Qi⟧");
    assert_eq!(mask("password = Tr0ub4dor&3"), "password = ⟦password⟧");
    assert_eq!(mask("nothing"), "nothing");
}

#[test]
fn a_known_value_is_masked_in_every_form() {
    let known = Known::new(["pa/ss+wörd 42", "canary-7f3a"]);
    for text in [
        "x canary-7f3a y",
        "q=pa%2Fss%2Bw%C3%B6rd%2042&x",
        "63616e6172792d37663361",
        "Y2FuYXJ5LTdmM2E=",
        // After one and after two other bytes.
        "IGNhbmFyeS03ZjNhIA==",
        "LT1jYW5hcnktN2YzYQ==",
    ] {
        let masked = known.mask(text);
        assert!(masked.contains("⟦known secret⟧"), "{text}: {masked}");
        assert_eq!(known.mask(&masked), masked);
    }
    assert_eq!(known.mask("nothing here"), "nothing here");
    assert_eq!(Known::new(["", "abc"]).mask("abc"), "abc");
    assert!(!format!("{known:?}").contains("canary"));
}

#[test]
fn ten_times_the_text_takes_no_more_than_ten_times_the_steps() {
    // Texts that a search with a step back at every place would take minutes for.
    for piece in [
        "password=",
        "-----BEGIN ",
        "eyJ",
        "bearer ",
        "://a:",
        "sk-",
        "token: \"",
        "::::",
        "    :",
        "-----BEGIN PRIVATE KEY",
    ] {
        let text = piece.repeat(1_000_000 / piece.len());
        assert!(find(&text).len() <= text.len());
    }
}

proptest! {
    #[test]
    fn masking_leaves_no_secret_and_does_nothing_twice(
        before in "[ -~äß\n]{0,40}",
        secret in "[A-Za-z0-9]{36}",
        after in "([ \n,;\"'][ -~äß\n]{0,40})?",
    ) {
        let secret = format!("ghp_{secret}");
        let text = format!("{before} {secret}{after}");
        let masked = mask(&text).into_owned();
        prop_assert!(!masked.contains(&secret), "{}", masked);
        prop_assert_eq!(mask(&masked).into_owned(), masked, "{}", text);
    }

    #[test]
    fn masking_never_fails(text in any::<String>()) {
        let masked = mask(&text).into_owned();
        prop_assert_eq!(mask(&masked).into_owned(), masked);
    }

    #[test]
    fn masking_twice_is_masking_once(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just("password: "), Just("token="), Just("Bearer "), Just("https://a:"), Just("@b"), Just("\""),
                Just(" "), Just("x9K2m4Q7w1Zp"), Just("sk-ant-"), Just("AKIA"), Just("eyJ"), Just("."), Just("\n"),
                Just("-----BEGIN PRIVATE KEY-----"), Just("-----END PRIVATE KEY-----"), Just("ä"), Just("123456789:"),
            ],
            0..14,
        ),
    ) {
        let masked = mask(&pieces.concat()).into_owned();
        prop_assert_eq!(mask(&masked).into_owned(), masked);
    }

    #[test]
    fn a_known_value_never_stays(
        value in "[!-~]{8,30}",
        before in "[ -~]{0,20}",
        after in "[ -~]{0,20}",
    ) {
        let known = Known::new([value.as_str()]);
        let masked = known.mask(&format!("{before}{value}{after}")).into_owned();
        prop_assert!(!masked.contains(&value) || "⟦known secret⟧".contains(&value));
    }
}
