//! Words of English and German that mean the same to an attacker, so that what is learnt in one holds in the other.

use std::sync::OnceLock;

/// How many concepts there are; 0 is none.
pub(crate) type Concept = u8;

/// The stems of each concept, folded. A stem that ends in `*` goes on in any way.
const CONCEPTS: &[&[&str]] = &[
    // To set aside.
    &[
        "ignor*",
        "disregard*",
        "forget*",
        "forgot*",
        "overlook*",
        "bypass*",
        "circumvent*",
        "overrid*",
        "discard*",
        "neglect*",
        "supersed*",
        "void",
        "obsolete",
        "vergiss*",
        "vergess*",
        "missacht*",
        "ubergeh*",
        "umgeh*",
        "verwirf*",
        "verwerf*",
        "hinfallig*",
        "ungultig*",
        "aufgehoben",
        "uberschreib*",
        "lass",
        "ausblend*",
        "unbeachtet",
        "links",
    ],
    // What came before.
    &[
        "previous*",
        "prior",
        "above",
        "earlier",
        "preceding",
        "before",
        "foregoing",
        "initial*",
        "original*",
        "bisherig*",
        "vorherig*",
        "vorig*",
        "vorangegangen*",
        "vorangehend*",
        "vorausgegangen*",
        "obig*",
        "oben",
        "fruher*",
        "zuvor",
        "davor",
        "vorher",
        "ursprunglich*",
        "anfang*",
        "beginning",
        "bislang",
        "bisher",
        "gesagte*",
        "gelernt*",
    ],
    // Orders.
    &[
        "instruction*",
        "directive*",
        "rule",
        "rules",
        "guideline*",
        "order",
        "orders",
        "prompt*",
        "command*",
        "policy",
        "policies",
        "constraint*",
        "restriction*",
        "safeguard*",
        "anweisung*",
        "instruktion*",
        "regel*",
        "vorgabe*",
        "befehl*",
        "richtlinie*",
        "weisung*",
        "auftrag*",
        "einschrankung*",
        "beschrankung*",
        "vorschrift*",
        "sicherheitsregel*",
        "leitlinie*",
        "guardrail*",
        "filter",
    ],
    // From here on.
    &[
        "new",
        "now",
        "instead",
        "henceforth",
        "onward*",
        "neue*",
        "neu",
        "nun",
        "jetzt",
        "stattdessen",
        "fortan",
        "kunftig*",
        "ersetz*",
        "replace*",
        "nunmehr",
        "actually",
        "eigentlich",
    ],
    // Everything, to the letter.
    &[
        "all",
        "any",
        "every*",
        "entire*",
        "whole",
        "full",
        "complete",
        "verbatim",
        "exactly",
        "alle*",
        "samtlich*",
        "jede*",
        "jeglich*",
        "ganze*",
        "gesamt*",
        "vollstandig*",
        "wortlich*",
        "wortwortlich*",
        "exakt*",
        "genau",
        "unverandert*",
    ],
    // The machine behind.
    &[
        "system",
        "systemprompt*",
        "systemnachricht*",
        "systemanweisung*",
        "developer",
        "entwickler*",
        "admin*",
        "root",
        "hidden",
        "verborgen*",
        "versteckt*",
        "intern*",
        "configuration",
        "konfiguration*",
        "operator",
        "betreiber*",
        "embedding*",
    ],
    // Secrets.
    &[
        "secret*",
        "geheim*",
        "password*",
        "passwort*",
        "kennwort*",
        "credential*",
        "zugangsdaten",
        "token",
        "tokens",
        "key",
        "keys",
        "schlussel*",
        "apikey*",
        "pin",
        "confidential*",
        "vertraulich*",
        "login*",
        "ssh",
        "canary",
        "private",
        "sensitive",
        "sensibl*",
        "kreditkart*",
    ],
    // To bring to light.
    &[
        "reveal*",
        "show",
        "print*",
        "repeat*",
        "disclos*",
        "display*",
        "expose*",
        "leak*",
        "dump",
        "recite*",
        "echo",
        "verrat*",
        "zeig*",
        "gib",
        "gebe",
        "ausgeb*",
        "ausgab*",
        "wiederhol*",
        "offenleg*",
        "enthull*",
        "preisgeb*",
        "nenn*",
        "output*",
        "return",
        "paraphras*",
        "lege",
    ],
    // To carry away.
    &[
        "send*",
        "forward*",
        "post",
        "upload*",
        "transmit*",
        "exfiltrat*",
        "email*",
        "mail",
        "submit*",
        "deliver*",
        "schick*",
        "ubermitt*",
        "weiterleit*",
        "leite",
        "leiten",
        "hochlad*",
        "lade",
        "ubertrag*",
        "fetch",
        "ping",
        "rufe",
        "ruf",
        "aufruf*",
        "visit",
        "open",
        "offne",
        "offnen",
        "navigate",
        "curl",
        "wget",
        "besuch*",
        "poste",
        "cc",
        "bcc",
        "kopie",
    ],
    // Where to.
    &[
        "http", "https", "url", "link", "adresse", "address", "webhook", "website", "endpoint",
        "www", "domain", "server",
    ],
    // To destroy.
    &[
        "delete*",
        "remove*",
        "erase*",
        "wipe*",
        "rm",
        "losch*",
        "entfern*",
        "destroy*",
        "vernicht*",
        "leere",
        "purge*",
    ],
    // To run.
    &[
        "run",
        "runs",
        "execut*",
        "exec",
        "invoke*",
        "ausfuhr*",
        "fuhr*",
        "starte*",
        "eval",
        "shell",
        "bash",
        "sh",
        "terminal",
        "install*",
        "script",
        "skript",
        "sudo",
        "python",
        "powershell",
    ],
    // To play a part.
    &[
        "pretend*",
        "imagin*",
        "act",
        "acting",
        "roleplay*",
        "role",
        "persona",
        "character",
        "simulat*",
        "rolle*",
        "rollenspiel*",
        "spiel",
        "spiele",
        "schlupf*",
        "verhalt*",
        "agier*",
        "fungier*",
        "behave*",
        "become",
        "impersonat*",
        "mode",
        "modus",
        "dan",
        "jailbreak*",
        "unrestricted",
        "unfiltered",
        "uncensored",
        "uneingeschrankt*",
        "ungefiltert*",
        "unzensiert*",
        "versetz*",
        "tu",
        "tue",
        "auftret*",
        "auftritt*",
        "vorstell*",
        "stell",
    ],
    // The one addressed.
    &["you", "your", "yourself", "du", "dein*", "dich", "dir", "bist", "youre"],
    // What it is.
    &[
        "ai",
        "assistant*",
        "ki",
        "assistent*",
        "llm",
        "llms",
        "chatbot*",
        "bot",
        "gpt*",
        "chatgpt",
        "claude",
        "gemini",
        "agent",
        "agents",
        "agenten",
        "sprachmodell*",
        "copilot",
        "summarizer",
        "ais",
    ],
    // Whom it serves.
    &[
        "user*",
        "nutzer*",
        "benutzer*",
        "anwender*",
        "customer*",
        "kund*",
        "owner",
        "besitzer*",
        "human",
        "inhaber*",
    ],
    // Not.
    &[
        "not", "never", "no", "don't", "dont", "nicht", "nie", "niemals", "kein*", "ohne",
        "without", "nichts", "won't", "refuse*", "niemand*", "anstatt", "statt",
    ],
    // To keep quiet about.
    &[
        "mention*",
        "inform*",
        "notify*",
        "erwahn*",
        "mitteil*",
        "verschweig*",
        "conceal*",
        "silent*",
        "stillschweigend*",
        "heimlich*",
        "unauffallig*",
        "hide",
        "discreet*",
        "unbemerkt*",
        "quietly",
        "secretly",
        "verheimlich*",
        "protokollier*",
        "undetected",
        "detected",
        "comment",
        "kommentar*",
        "reason",
    ],
    // To say.
    &["say", "saying", "sag", "sage", "sagen", "tell", "claim", "behaupt*", "state", "erklar*"],
    // An answer.
    &[
        "answer*",
        "respond*",
        "response*",
        "reply*",
        "replies",
        "antwort*",
        "beantwort*",
        "summary",
        "summari*",
        "zusammenfass*",
        "fasse",
        "ausgabe",
    ],
    // To put in.
    &[
        "include*",
        "append*",
        "add",
        "insert*",
        "write",
        "schreib*",
        "fuge",
        "hang*",
        "anhang*",
        "einfug*",
        "erganz*",
        "begin",
        "beginn*",
        "start",
        "prefix",
        "end",
        "beende*",
        "embed*",
        "bette",
        "baue",
        "nimm",
        "recommend*",
        "empfehl*",
        "empfiehl*",
        "promot*",
        "werbung",
        "advertis*",
    ],
    // What is known.
    &[
        "file",
        "files",
        "datei*",
        "ordner*",
        "folder*",
        "document*",
        "dokument*",
        "memory",
        "notes",
        "notiz*",
        "conversation*",
        "gesprach*",
        "unterhaltung*",
        "verlauf*",
        "history",
        "message*",
        "nachricht*",
        "inbox",
        "postfach*",
        "context",
        "kontext*",
        "mails",
        "contacts",
        "kontakte",
        "chat",
        "dialog*",
        "text",
        "texts",
    ],
    // At once.
    &[
        "important",
        "wichtig*",
        "urgent*",
        "dringend*",
        "achtung",
        "attention",
        "critical",
        "hinweis*",
        "note",
        "immediately",
        "sofort*",
        "umgehend*",
        "mandatory",
        "zwingend*",
        "priority",
        "must",
        "musst",
        "notice",
        "stop",
        "stopp",
        "halt",
        "unbedingt",
        "override",
        "alert",
    ],
    // What is to be done.
    &[
        "task*",
        "aufgabe*",
        "goal*",
        "objective*",
        "mission*",
        "ziel",
        "job",
        "step*",
        "schritt*",
        "request",
    ],
    // Leave to do it.
    &[
        "authori*",
        "approv*",
        "permission*",
        "genehmig*",
        "erlaub*",
        "zugestimm*",
        "zustimm*",
        "autorisier*",
        "freigegeben",
        "freigab*",
        "confirm*",
        "bestatig*",
        "allowed",
        "darfst",
        "consent*",
        "ruckfrag*",
        "nachfrag*",
        "asking",
        "einverstanden",
        "fragen",
    ],
    // To obey.
    &[
        "follow*", "obey*", "comply*", "adhere*", "befolg*", "folge", "folgen", "folgst",
        "gehorch*", "halte", "beacht*", "strictly", "strikt*",
    ],
    // Money and doors.
    &[
        "transfer*",
        "pay",
        "payment*",
        "uberweis*",
        "konto*",
        "account*",
        "iban",
        "bitcoin",
        "wallet",
        "grant*",
        "unlock*",
        "purchase*",
        "kauf*",
        "bestell*",
        "abonnier*",
        "zahl*",
        "deactivat*",
        "disabl*",
        "deaktivier*",
        "abschalt*",
    ],
    // To keep for later.
    &[
        "remember*",
        "merk*",
        "store",
        "save*",
        "speicher*",
        "memoriz*",
        "trag",
        "trage",
        "eintrag*",
        "heartbeat*",
        "soul",
        "skill*",
    ],
];

/// One stem and what it means.
struct Stem {
    text: &'static [u8],
    goes_on: bool,
    concept: Concept,
}

/// The stems by their first two letters.
struct Lexicon(Vec<Vec<Stem>>);

static LEXICON: OnceLock<Lexicon> = OnceLock::new();

/// What a folded word means, 0 for nothing that is listed.
pub(crate) fn concept(word: &[u8]) -> Concept {
    let Some(slot) = slot(word) else { return 0 };
    let lexicon = LEXICON.get_or_init(lexicon);
    let Some(stems) = lexicon.0.get(slot) else { return 0 };
    let hit = stems.iter().find(|stem| {
        word.len() >= stem.text.len()
            && word.starts_with(stem.text)
            && (stem.goes_on || word.len() == stem.text.len())
    });
    hit.map_or(0, |stem| stem.concept)
}

fn slot(word: &[u8]) -> Option<usize> {
    let [first @ b'a'..=b'z', second @ b'a'..=b'z', ..] = word else { return None };
    Some(usize::from(first - b'a') * 26 + usize::from(second - b'a'))
}

fn lexicon() -> Lexicon {
    let mut slots: Vec<Vec<Stem>> = Vec::new();
    slots.resize_with(26 * 26, Vec::new);
    for (concept, stems) in (1..).zip(CONCEPTS) {
        for written in *stems {
            let text = written.trim_end_matches('*').as_bytes();
            let stem = Stem { text, goes_on: written.ends_with('*'), concept };
            if let Some(stems) = slot(text).and_then(|slot| slots.get_mut(slot)) {
                stems.push(stem);
            }
        }
    }
    for stems in &mut slots {
        // The longest that fits is the one that is meant.
        stems.sort_by_key(|stem| std::cmp::Reverse(stem.text.len()));
    }
    Lexicon(slots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_and_german_words_of_one_meaning_are_one_concept() {
        for (english, german) in
            [("ignore", "ignoriere"), ("previous", "bisherigen"), ("instructions", "anweisungen")]
        {
            assert_ne!(concept(english.as_bytes()), 0, "{english}");
            assert_eq!(
                concept(english.as_bytes()),
                concept(german.as_bytes()),
                "{english}, {german}"
            );
        }
        assert_eq!(concept(b"butter"), 0);
    }

    #[test]
    fn every_stem_is_found() {
        for stem in CONCEPTS.iter().copied().flatten() {
            assert_ne!(concept(stem.trim_end_matches('*').as_bytes()), 0, "{stem}");
        }
    }
}
