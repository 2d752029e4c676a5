//! Twenty-six tasks with notes, files, programs and skills.

use super::{
    BARE,
    Goal::{Answers, Gone, Holds, Remembers, Shown},
    Task,
};

/// All of them.
pub(super) const TASKS: &[Task] = &[
    Task {
        name: "question-to-the-notes",
        prompt: "When was the filter of the heat pump changed?",
        steps: &[("memory_search", r#"{"query": "filter of the heat pump changed"}"#)],
        goals: &[Answers("UP-25-60")],
        ..BARE
    },
    Task {
        name: "question-in-german",
        files: &[(
            "memory/2026-02-11.md",
            "# 11. Februar\n\nDie Dachrinne wurde von Herrn Okafor gereinigt.\n",
        )],
        prompt: "Wer hat die Dachrinne gereinigt?",
        steps: &[("memory_search", r#"{"query": "Wer hat die Dachrinne gereinigt?"}"#)],
        goals: &[Answers("Okafor")],
        ..BARE
    },
    Task {
        name: "exact-lines-of-a-note",
        prompt: "Read me the note of 12 March word for word.",
        steps: &[("memory_get", r#"{"path": "memory/2026-03-12.md"}"#)],
        goals: &[Answers("painted the garden shed green")],
        ..BARE
    },
    Task {
        name: "read-a-file",
        prompt: "What is still open in notes/plan.md?",
        steps: &[("read", r#"{"path": "notes/plan.md"}"#)],
        goals: &[Answers("Order gravel")],
        ..BARE
    },
    Task {
        name: "tick-off-an-item",
        prompt: "I have called the roofer, tick that off in notes/plan.md.",
        steps: &[
            ("read", r#"{"path": "notes/plan.md"}"#),
            (
                "edit",
                r#"{"path": "notes/plan.md", "oldText": "- [ ] Call the roofer", "newText": "- [x] Call the roofer"}"#,
            ),
        ],
        goals: &[
            Holds("notes/plan.md", "- [x] Call the roofer"),
            Holds("notes/plan.md", "- [ ] Order gravel"),
        ],
        ..BARE
    },
    Task {
        name: "add-an-item-german",
        prompt: "Schreibe „Regentonne säubern“ auf die Liste in notes/plan.md.",
        steps: &[(
            "edit",
            r#"{"path": "notes/plan.md", "oldText": "- [ ] Order gravel", "newText": "- [ ] Order gravel\n- [ ] Regentonne säubern"}"#,
        )],
        goals: &[Holds("notes/plan.md", "Regentonne säubern")],
        ..BARE
    },
    Task {
        name: "write-a-new-file",
        prompt: "Make me a packing list for a weekend by the sea in notes/packing.md.",
        steps: &[(
            "write",
            r##"{"path": "notes/packing.md", "content": "# Packing\n\n- towel\n- book\n"}"##,
        )],
        goals: &[Holds("notes/packing.md", "- towel")],
        ..BARE
    },
    Task {
        name: "write-in-a-new-folder",
        prompt: "Start a travel diary in diary/2026/first.md.",
        steps: &[
            ("write", r##"{"path": "diary/2026/first.md", "content": "# The first day\n"}"##),
            ("read", r#"{"path": "diary/2026/first.md"}"#),
        ],
        goals: &[Answers("The first day")],
        ..BARE
    },
    Task {
        name: "scale-a-recipe",
        prompt: "Double the lentil soup in notes/recipes/soup.md.",
        steps: &[
            ("read", r#"{"path": "notes/recipes/soup.md"}"#),
            (
                "edit",
                r#"{"path": "notes/recipes/soup.md", "oldText": "200 g lentils, 1 l water, 2 carrots.", "newText": "400 g lentils, 2 l water, 4 carrots."}"#,
            ),
        ],
        goals: &[Holds("notes/recipes/soup.md", "400 g lentils")],
        ..BARE
    },
    Task {
        name: "table-of-a-list",
        files: &[("inbox/costs.csv", "what,euros\ngravel,80\npaint,45\n")],
        prompt: "Turn inbox/costs.csv into a Markdown table in notes/costs.md.",
        steps: &[
            ("read", r#"{"path": "inbox/costs.csv"}"#),
            (
                "write",
                r#"{"path": "notes/costs.md", "content": "| what | euros |\n|---|---|\n| gravel | 80 |\n| paint | 45 |\n"}"#,
            ),
        ],
        goals: &[Holds("notes/costs.md", "| gravel | 80 |")],
        ..BARE
    },
    Task {
        name: "what-files-are-there",
        prompt: "Which files are in notes?",
        steps: &[("list", r#"{"path": "notes"}"#)],
        goals: &[Answers("plan.md")],
        ..BARE
    },
    Task {
        name: "find-a-file",
        prompt: "Where is the soup recipe?",
        steps: &[("find", r#"{"pattern": "**/soup.md"}"#)],
        goals: &[Answers("notes/recipes/soup.md")],
        ..BARE
    },
    Task {
        name: "find-a-word",
        prompt: "In which file do I mention gravel?",
        steps: &[("grep", r#"{"pattern": "gravel"}"#)],
        goals: &[Answers("notes/plan.md")],
        ..BARE
    },
    Task {
        name: "count-with-a-program",
        prompt: "How many lines has notes/plan.md?",
        steps: &[("shell", r#"{"command": "wc -l < notes/plan.md"}"#)],
        goals: &[Answers("4")],
        ..BARE
    },
    Task {
        name: "run-the-tests",
        files: &[("project/test.sh", "test $((2 + 2)) = 4 && echo '3 passed, 0 failed'\n")],
        prompt: "Run the tests of the project.",
        steps: &[("shell", r#"{"command": "sh project/test.sh"}"#)],
        goals: &[Answers("3 passed")],
        ..BARE
    },
    Task {
        name: "mend-and-test",
        files: &[
            ("project/sum.sh", "echo $(($1 - $2))\n"),
            (
                "project/test.sh",
                "test $(sh project/sum.sh 2 3) = 5 && echo all is well || echo it fails\n",
            ),
        ],
        prompt: "The tests of the project fail, please mend it.",
        steps: &[
            ("shell", r#"{"command": "sh project/test.sh"}"#),
            ("read", r#"{"path": "project/sum.sh"}"#),
            ("edit", r#"{"path": "project/sum.sh", "oldText": "$1 - $2", "newText": "$1 + $2"}"#),
            ("shell", r#"{"command": "sh project/test.sh"}"#),
        ],
        goals: &[Answers("all is well")],
        ..BARE
    },
    Task {
        name: "sort-with-a-program",
        files: &[("inbox/guests.txt", "Zoe\nAbel\nMia\n")],
        prompt: "Sort inbox/guests.txt into notes/guests.txt.",
        steps: &[(
            "exec",
            r#"{"command": "sort inbox/guests.txt > notes/guests.txt && head -n 1 notes/guests.txt"}"#,
        )],
        goals: &[Holds("notes/guests.txt", "Abel\nMia\nZoe"), Answers("Abel")],
        ..BARE
    },
    Task {
        name: "remember-a-fact",
        prompt: "Remember that the dentist is on 9 May at ten.",
        steps: &[("remember", r#"{"fact": "The dentist is on 9 May at ten."}"#)],
        goals: &[Remembers("The dentist is on 9 May")],
        ..BARE
    },
    Task {
        name: "remember-in-german",
        prompt: "Merk dir: Der Schornsteinfeger kommt am 3. Juni.",
        steps: &[("remember", r#"{"fact": "Der Schornsteinfeger kommt am 3. Juni."}"#)],
        goals: &[Remembers("Schornsteinfeger")],
        ..BARE
    },
    Task {
        name: "rename-a-note",
        prompt: "Rename notes/plan.md to notes/garden.md.",
        steps: &[("shell", r#"{"command": "mv notes/plan.md notes/garden.md && ls notes"}"#)],
        goals: &[Holds("notes/garden.md", "Order gravel"), Gone("notes/plan.md")],
        ..BARE
    },
    Task {
        name: "delete-a-note",
        files: &[("notes/old.md", "# Old\n\nNo longer true.\n")],
        prompt: "Delete notes/old.md.",
        steps: &[("delete", r#"{"path": "notes/old.md"}"#)],
        goals: &[Gone("notes/old.md")],
        ..BARE
    },
    Task {
        name: "use-a-skill",
        prompt: "Write a short letter to the roofer into notes/letter.md, as letters are written here.",
        steps: &[
            ("skill", r#"{"name": "letters"}"#),
            (
                "write",
                r#"{"path": "notes/letter.md", "content": "Lisbon, 4 May\n\nDear roofer, please call.\n"}"#,
            ),
        ],
        goals: &[
            Holds("notes/letter.md", "Lisbon, 4 May"),
            Shown("Begin with the place and the date."),
        ],
        ..BARE
    },
    Task {
        name: "change-the-soul",
        prompt: "From now on be funny as well; put that into your soul.",
        steps: &[(
            "edit",
            r#"{"path": "SOUL.md", "oldText": "Be kind, brief and exact.", "newText": "Be kind, brief, exact and funny."}"#,
        )],
        goals: &[Holds("SOUL.md", "funny")],
        ..BARE
    },
    Task {
        name: "add-to-the-routine-german",
        prompt: "Nimm in die Routine auf, dass montags die Pflanzen gegossen werden.",
        steps: &[(
            "edit",
            r#"{"path": "HEARTBEAT.md", "oldText": "- Look at the calendar once a day.", "newText": "- Look at the calendar once a day.\n- Montags die Pflanzen gießen."}"#,
        )],
        goals: &[Holds("HEARTBEAT.md", "Pflanzen")],
        ..BARE
    },
    Task {
        name: "attached-document",
        files: &[("inbox/offer.pdf", "Offer 12\nGravel, two tonnes, 160 euros\n")],
        attached: Some("inbox/offer.pdf"),
        prompt: "How much is the gravel in this offer?",
        goals: &[Shown("two tonnes, 160 euros")],
        ..BARE
    },
    Task {
        name: "attached-text-german",
        files: &[("inbox/protokoll.txt", "Protokoll: Der Zaun wird im August gebaut.\n")],
        attached: Some("inbox/protokoll.txt"),
        prompt: "Wann wird der Zaun gebaut?",
        goals: &[Shown("Zaun wird im August gebaut")],
        ..BARE
    },
];
