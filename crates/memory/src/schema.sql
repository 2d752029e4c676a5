-- The index: a cache of the Markdown. It can be deleted at any time.
PRAGMA journal_mode = WAL;

-- One row a file of memory. `chunks` lists its chunks (see packed.rs); they have the numbers
-- `first_chunk`, `first_chunk + 1`, …
CREATE TABLE files (
    id INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    -- 0: the file was changed so shortly before it was read that its times do not prove anything.
    settled INTEGER NOT NULL,
    hash BLOB NOT NULL,
    -- The day the note is about, YYYY-MM-DD.
    date TEXT,
    -- 1: holds NUL bytes and has no chunks.
    is_binary INTEGER NOT NULL,
    first_chunk INTEGER NOT NULL,
    chunk_count INTEGER NOT NULL,
    chunks BLOB NOT NULL
) STRICT;

-- What a search looks at for every chunk, 1,024 chunks a row (see table.rs).
CREATE TABLE blocks (
    id INTEGER PRIMARY KEY,
    meta BLOB NOT NULL,
    codes BLOB NOT NULL
) STRICT;

-- The vector of every chunk's window in the space that `facts` names, 384 signed bytes.
CREATE TABLE vectors (
    chunk INTEGER PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

-- The terms of every chunk, made in words.rs. A term that occurs twice or three times in a chunk is
-- there once more with a mark, so no positions need to be stored to count it.
CREATE VIRTUAL TABLE words USING fts5(
    terms, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);

CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;
