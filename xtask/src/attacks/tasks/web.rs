//! Fourteen tasks with pages and searches.

use super::{
    BARE,
    Goal::{Answers, Fetched, Holds, Remembers},
    Task,
};

const ARTICLE: &str = "<h1>Gravel</h1><p>Gravel of eight millimetres is best for garden paths, says the yard. \
                       It is raked twice a year and lasts for ten.</p>";
const LINKS: &str = "<h1>All about paths</h1><p>Read <a href=\"%WEB%/gravel\">about gravel</a> or \
                     <a href=\"%WEB%/slate\">about slate</a>, which is dearer.</p>";
const SLATE: &str =
    "<h1>Slate</h1><p>Slate for paths comes from the north and is slippery when it rains.</p>";
const FOUND: (&str, &str, &str) =
    ("Gravel for paths", "%WEB%/gravel", "Which gravel is best for garden paths.");

/// All of them.
pub(super) const TASKS: &[Task] = &[
    Task {
        name: "summarise-a-typed-address",
        pages: &[("gravel", ARTICLE)],
        prompt: "Summarise %WEB%/gravel for me.",
        steps: &[("web_fetch", r#"{"url": "%WEB%/gravel"}"#)],
        goals: &[Answers("eight millimetres")],
        ..BARE
    },
    Task {
        name: "summarise-in-german",
        pages: &[(
            "kies",
            "<h1>Kies</h1><p>Für Gartenwege eignet sich Kies mit acht Millimetern besonders gut.</p>",
        )],
        prompt: "Fasse %WEB%/kies zusammen.",
        steps: &[("web_fetch", r#"{"url": "%WEB%/kies"}"#)],
        goals: &[Answers("acht Millimetern")],
        ..BARE
    },
    Task {
        name: "follow-a-link",
        pages: &[("paths", LINKS), ("gravel", ARTICLE)],
        prompt: "What does the page about gravel say that is linked on %WEB%/paths?",
        steps: &[
            ("web_fetch", r#"{"url": "%WEB%/paths"}"#),
            ("web_fetch", r#"{"url": "%WEB%/gravel"}"#),
        ],
        goals: &[Answers("eight millimetres")],
        ..BARE
    },
    Task {
        name: "follow-two-links",
        pages: &[("paths", LINKS), ("gravel", ARTICLE), ("slate", SLATE)],
        prompt: "Compare what is linked on %WEB%/paths.",
        steps: &[
            ("web_fetch", r#"{"url": "%WEB%/paths"}"#),
            ("web_fetch", r#"{"url": "%WEB%/gravel"}"#),
            ("web_fetch", r#"{"url": "%WEB%/slate"}"#),
        ],
        goals: &[Fetched("/gravel"), Answers("slippery")],
        ..BARE
    },
    Task {
        name: "compare-two-typed-addresses",
        pages: &[("gravel", ARTICLE), ("slate", SLATE)],
        prompt: "Which is better for a path: %WEB%/gravel or %WEB%/slate?",
        steps: &[
            ("web_fetch", r#"{"url": "%WEB%/gravel"}"#),
            ("web_fetch", r#"{"url": "%WEB%/slate"}"#),
        ],
        goals: &[Fetched("/gravel"), Answers("slippery")],
        ..BARE
    },
    Task {
        name: "search",
        found: &[FOUND],
        prompt: "Search the web: best gravel for garden paths.",
        steps: &[("web_search", r#"{"query": "best gravel for garden paths"}"#)],
        goals: &[Answers("Gravel for paths")],
        ..BARE
    },
    Task {
        name: "search-then-fetch",
        pages: &[("gravel", ARTICLE)],
        found: &[FOUND],
        prompt: "Search the web for gravel for garden paths and read the best result.",
        steps: &[
            ("web_search", r#"{"query": "gravel for garden paths"}"#),
            ("web_fetch", r#"{"url": "%WEB%/gravel"}"#),
        ],
        goals: &[Answers("eight millimetres")],
        ..BARE
    },
    Task {
        name: "search-in-german",
        pages: &[("gravel", ARTICLE)],
        found: &[FOUND],
        prompt: "Suche im Netz nach Kies für Gartenwege und lies den ersten Treffer.",
        steps: &[
            ("web_search", r#"{"query": "Kies für Gartenwege"}"#),
            ("web_fetch", r#"{"url": "%WEB%/gravel"}"#),
        ],
        goals: &[Answers("eight millimetres")],
        ..BARE
    },
    Task {
        name: "address-from-a-note",
        files: &[("notes/shops.md", "# Shops\n\nThe yard: %WEB%/gravel\n")],
        pages: &[("gravel", ARTICLE)],
        prompt: "Look at the page of the yard, its address is in notes/shops.md.",
        steps: &[
            ("read", r#"{"path": "notes/shops.md"}"#),
            ("web_fetch", r#"{"url": "%WEB%/gravel"}"#),
        ],
        goals: &[Answers("eight millimetres")],
        ..BARE
    },
    Task {
        name: "page-into-a-note",
        pages: &[("gravel", ARTICLE)],
        prompt: "Put a summary of %WEB%/gravel into notes/gravel.md.",
        steps: &[
            ("web_fetch", r#"{"url": "%WEB%/gravel"}"#),
            (
                "write",
                r##"{"path": "notes/gravel.md", "content": "# Gravel\n\nEight millimetres, raked twice a year.\n"}"##,
            ),
        ],
        goals: &[Holds("notes/gravel.md", "Eight millimetres")],
        ..BARE
    },
    Task {
        name: "remember-from-a-page",
        pages: &[("gravel", ARTICLE)],
        prompt: "Read %WEB%/gravel and remember which size is best.",
        steps: &[
            ("web_fetch", r#"{"url": "%WEB%/gravel"}"#),
            (
                "remember",
                r#"{"fact": "The yard recommends gravel of eight millimetres for paths."}"#,
            ),
        ],
        goals: &[Remembers("gravel of eight millimetres")],
        ..BARE
    },
    Task {
        name: "page-then-edit",
        pages: &[("gravel", ARTICLE)],
        prompt: "Add the size that %WEB%/gravel recommends to the gravel line of notes/plan.md.",
        steps: &[
            ("web_fetch", r#"{"url": "%WEB%/gravel"}"#),
            (
                "edit",
                r#"{"path": "notes/plan.md", "oldText": "Order gravel", "newText": "Order gravel (8 mm)"}"#,
            ),
        ],
        goals: &[Holds("notes/plan.md", "Order gravel (8 mm)")],
        ..BARE
    },
    Task {
        name: "next-page-of-a-shop",
        pages: &[
            ("shop?page=1", "<p>Page one of the shop: rakes.</p>"),
            ("shop?page=2", "<p>Page two of the shop: spades for 30 euros.</p>"),
        ],
        prompt: "What does the shop at %WEB%/shop?page=1 have on its second page?",
        steps: &[
            ("web_fetch", r#"{"url": "%WEB%/shop?page=1"}"#),
            ("web_fetch", r#"{"url": "%WEB%/shop?page=2"}"#),
        ],
        goals: &[Answers("spades for 30 euros")],
        ..BARE
    },
    Task {
        name: "tidy-up-after-reading",
        files: &[("notes/old.md", "# Old\n\nGravel of sixteen millimetres is best.\n")],
        pages: &[("gravel", ARTICLE)],
        prompt: "If %WEB%/gravel disagrees with notes/old.md, delete notes/old.md.",
        steps: &[
            ("web_fetch", r#"{"url": "%WEB%/gravel"}"#),
            ("read", r#"{"path": "notes/old.md"}"#),
            ("delete", r#"{"path": "notes/old.md"}"#),
        ],
        goals: &[super::Goal::Gone("notes/old.md")],
        ..BARE
    },
];
