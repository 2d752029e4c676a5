//! Which addresses may be fetched, spelling by spelling.

use std::net::IpAddr;

use proptest::prelude::*;

use super::*;

/// Spellings of what must not be reached, one a line.
const HOSTILE: &str = include_str!("../../fixtures/outbound/refused.txt");
/// What looks like them and is on the public internet.
const HARMLESS: &str = include_str!("../../fixtures/outbound/allowed.txt");

/// The addresses of a list; `\t`, `\n`, `\\` and `\u{..}` stand for what does not show.
fn addresses(list: &str) -> Vec<String> {
    let lines = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.replace("\\t", "\t").replace("\\n", "\n").replace("\\0", "\0")).collect()
}

#[test]
fn no_spelling_of_a_private_address_is_allowed() {
    let hostile = addresses(HOSTILE);
    assert!(hostile.len() >= 150, "{}", hostile.len());
    let allowed: Vec<_> = hostile.iter().filter(|url| check(url, &[]).is_ok()).collect();
    assert!(allowed.is_empty(), "{allowed:#?}");
}

#[test]
fn look_alikes_on_the_public_internet_are_allowed() {
    let refused: Vec<_> = addresses(HARMLESS)
        .iter()
        .filter_map(|url| check(url, &[]).err().map(|why| format!("{url}: {why}")))
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn a_host_of_ones_own_is_allowed_with_its_port_and_no_other() {
    let own = ["127.0.0.1:8080".to_owned(), "Wiki.lan".to_owned(), "[::1]:9000".to_owned()];
    let reach = |url: &str| admit(url, &own).map(|admitted| admitted.reach);
    for url in [
        "http://127.0.0.1:8080/a",
        "http://0x7f.1:8080/",
        "http://wiki.lan/",
        "https://wiki.lan/",
        "http://WIKI.lan:80/",
        "http://[::1]:9000/",
    ] {
        assert_eq!(reach(url), Ok(Reach::Own), "{url}");
    }
    for url in [
        "http://127.0.0.1/",
        "http://127.0.0.1:8081/",
        "http://127.0.0.1:80800/",
        "http://127.0.0.2:8080/",
        "http://wiki.lan:8080/",
        "http://evil.wiki.lan/",
        "http://wiki.lan.evil.lan/",
        "http://me@wiki.lan/",
        "http://[::1]/",
        "ftp://wiki.lan/",
    ] {
        assert!(reach(url).is_err(), "{url}");
    }
    assert_eq!(reach("https://a.example/"), Ok(Reach::Public));
}

#[test]
fn a_host_has_one_spelling() {
    let shown = |url: &str| host(url).unwrap_or_else(|refused| format!("error: {refused}"));
    assert_eq!(shown("HTTPS://A.Example:443/x"), "a.example");
    assert_eq!(shown("http://a.example:8080?x"), "a.example:8080");
    assert_eq!(shown("https://münchen.example/"), "xn--mnchen-3ya.example");
    assert_eq!(
        shown("https://a.example\\@b.example/"),
        "error: `https://a.example\\@b.example/` holds blanks, control characters or backslashes"
    );
    assert_eq!(shown("a.example"), "error: `a.example` is no http or https address");
}

#[test]
fn a_refusal_says_why() {
    let why = |url: &str| check(url, &[]).expect_err(url).to_string();
    assert_eq!(why("http://2130706433/"), "`127.0.0.1` is a number and no name");
    assert_eq!(why("http://nas/"), "`nas` is a name of your own network");
    assert_eq!(why("https://a.example:22/"), "port 22 is not for web pages");
    assert_eq!(
        why("https://a:b@c.example/"),
        "`https://a:b@c.example/` holds a name or a password"
    );
}

#[test]
fn the_ports_of_other_protocols_are_found() {
    assert!((0..=u16::MAX).filter(|port| ranges::is_other_protocol(*port)).count() == 112);
}

const PRIVATE: &str = "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 \
    127.255.255.254 168.63.129.16 169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 \
    192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 \
    224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 \
    ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 \
    64:ff9b:1::8.8.8.8 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 \
    2001:20::1 2001:db8::1 2002:7f00:1::1 2002:808:808::1 3ffe::1 3fff::1 4000::1 5f00::1 fc00::1 \
    fd00:ec2::254 fe80::1 fec0::1 ff02::1 2a00:1450:4001::5efe:127.0.0.1 \
    2a00:1450:4001::200:5efe:10.0.0.1";
const PUBLIC: &str = "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 \
    169.253.255.255 172.15.255.255 172.32.0.1 192.0.1.1 192.167.255.255 192.169.0.1 198.17.255.255 \
    198.20.0.1 223.255.255.255 2001:4860:4860::8888 2606:4700::1111 2a00:1450:4001:81b::200e \
    64:ff9b::8.8.8.8 2003::1 2a00:1450:4001::5efe:8.8.8.8";

#[test]
fn numbers_are_public_or_not() {
    let is = |text: &str| is_public(text.parse().expect(text));
    for private in PRIVATE.split(' ') {
        assert!(!is(private), "{private}");
    }
    for public in PUBLIC.split(' ') {
        assert!(is(public), "{public}");
    }
}

proptest! {
    #[test]
    fn a_number_is_refused_in_every_spelling(address: u32, spelling in 0..7_u8) {
        let [a, b, c, d] = address.to_be_bytes();
        let host = match spelling {
            0 => format!("{address}"),
            1 => format!("{address:#x}"),
            2 => format!("0{address:o}"),
            3 => format!("{a}.{:#x}", address & 0xff_ffff),
            4 => format!("0{a:o}.{b}.{}", address & 0xffff),
            5 => format!("[::ffff:{a}.{b}.{c}.{d}]"),
            _ => format!("0x{a:x}.0{b:o}.{c}.0x{d:X}"),
        };
        prop_assert!(check(&format!("http://{host}/"), &[]).is_err(), "{}", host);
    }

    #[test]
    fn whatever_is_admitted_is_a_public_name(url in "https?://[a-z0-9.@:%\\[\\]x\u{ff10}-\u{ff19}。-]{0,24}/?") {
        if let Ok(admitted) = admit(&url, &[]) {
            let name = admitted.url.host_str().unwrap_or_default();
            prop_assert!(name.parse::<IpAddr>().is_err() && name.contains('.'), "{}", url);
            prop_assert!(admitted.url.username().is_empty() && admitted.url.password().is_none());
        }
    }
}
