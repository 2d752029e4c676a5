//! The languages of code, by what files are called.

/// Endings, and the name that a Markdown fence takes.
const ENDINGS: &[(&str, &str)] = &[
    ("asm", "asm"),
    ("bash", "bash"),
    ("bat", "bat"),
    ("c", "c"),
    ("cc", "cpp"),
    ("cfg", "ini"),
    ("clj", "clojure"),
    ("conf", "ini"),
    ("cpp", "cpp"),
    ("cs", "csharp"),
    ("css", "css"),
    ("cxx", "cpp"),
    ("dart", "dart"),
    ("diff", "diff"),
    ("el", "lisp"),
    ("erl", "erlang"),
    ("ex", "elixir"),
    ("exs", "elixir"),
    ("f90", "fortran"),
    ("fish", "fish"),
    ("fs", "fsharp"),
    ("go", "go"),
    ("gradle", "groovy"),
    ("graphql", "graphql"),
    ("h", "c"),
    ("hpp", "cpp"),
    ("hs", "haskell"),
    ("ini", "ini"),
    ("ipynb", "json"),
    ("java", "java"),
    ("jl", "julia"),
    ("js", "javascript"),
    ("json", "json"),
    ("json5", "json5"),
    ("jsonl", "json"),
    ("jsx", "jsx"),
    ("kt", "kotlin"),
    ("less", "less"),
    ("lisp", "lisp"),
    ("lua", "lua"),
    ("m", "objectivec"),
    ("mjs", "javascript"),
    ("ml", "ocaml"),
    ("nim", "nim"),
    ("nix", "nix"),
    ("org", "org"),
    ("patch", "diff"),
    ("php", "php"),
    ("pl", "perl"),
    ("properties", "properties"),
    ("proto", "protobuf"),
    ("ps1", "powershell"),
    ("py", "python"),
    ("r", "r"),
    ("rb", "ruby"),
    ("rs", "rust"),
    ("rst", "rst"),
    ("scala", "scala"),
    ("scss", "scss"),
    ("sh", "bash"),
    ("sql", "sql"),
    ("svelte", "svelte"),
    ("svg", "xml"),
    ("swift", "swift"),
    ("tex", "latex"),
    ("tf", "hcl"),
    ("toml", "toml"),
    ("ts", "typescript"),
    ("tsx", "tsx"),
    ("vb", "vb"),
    ("vim", "vim"),
    ("vue", "vue"),
    ("xml", "xml"),
    ("yaml", "yaml"),
    ("yml", "yaml"),
    ("zig", "zig"),
    ("zsh", "zsh"),
];

/// Whole names.
const NAMES: &[(&str, &str)] = &[
    (".bashrc", "bash"),
    (".gitignore", "gitignore"),
    (".zshrc", "zsh"),
    ("CMakeLists.txt", "cmake"),
    ("Containerfile", "dockerfile"),
    ("Dockerfile", "dockerfile"),
    ("Makefile", "makefile"),
];

/// Programs that a first line calls.
const INTERPRETERS: &[(&str, &str)] = &[
    ("python", "python"),
    ("bash", "bash"),
    ("zsh", "zsh"),
    ("node", "javascript"),
    ("perl", "perl"),
    ("ruby", "ruby"),
    ("lua", "lua"),
    ("sh", "bash"),
];

/// The language of files with this ending, in small letters.
pub(super) fn of_ending(ending: &str) -> Option<&'static str> {
    ENDINGS.iter().find(|(known, _)| *known == ending).map(|(_, language)| *language)
}

/// The language of a file with this name.
pub(super) fn of_name(name: &str) -> Option<&'static str> {
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, language)| *language)
}

/// The language of a script that begins with this line, without its `#!`.
pub(super) fn of_interpreter(text: &str) -> Option<&'static str> {
    let line = text.lines().next().unwrap_or_default();
    let mut words = line.split_whitespace().filter_map(|word| word.rsplit('/').next());
    let program = words.find(|word| *word != "env" && !word.starts_with('-'))?;
    INTERPRETERS.iter().find(|(known, _)| program.starts_with(known)).map(|(_, language)| *language)
}
