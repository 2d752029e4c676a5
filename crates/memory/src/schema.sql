-- The index: a cache of the Markdown. It can be deleted at any time.

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

-- The vector of every chunk's window in the space that `facts` names, 384 signed bytes, 21 vectors a
-- row (see vectors.rs).
CREATE TABLE vectors (
    id INTEGER PRIMARY KEY,
    vectors BLOB NOT NULL
) STRICT;

-- The terms of every chunk, made in words.rs. A term that occurs twice or three times in a chunk is
-- there once more with a mark, so no positions need to be stored to count it.
CREATE VIRTUAL TABLE words USING fts5(
    terms, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);

-- Spaces that vectors of a model belong to, beside the built-in one.
CREATE TABLE spaces (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    dimensions INTEGER NOT NULL
) STRICT;

-- The vector of a chunk's window in a space: signed bytes, the largest number of each as 127.
CREATE TABLE embeddings (
    chunk INTEGER NOT NULL,
    space INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (chunk, space)
) STRICT;

-- How many chunks of a file, from the first on, have a vector in a space.
CREATE TABLE embedded (
    file INTEGER NOT NULL,
    space INTEGER NOT NULL,
    chunks INTEGER NOT NULL,
    PRIMARY KEY (file, space)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER forget_embeddings AFTER DELETE ON files BEGIN
    DELETE FROM embeddings
    WHERE chunk BETWEEN old.first_chunk AND old.first_chunk + old.chunk_count - 1;
    DELETE FROM embedded WHERE file = old.id;
END;

CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;
