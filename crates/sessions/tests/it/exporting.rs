//! Sessions as Markdown.

use expect_test::expect;
use jiff::tz::TimeZone;

use crate::made::Sessions;

#[test]
fn a_session_is_exported_as_a_page() {
    let sessions = Sessions::new();
    let id = sessions.put("s", include_str!("../../fixtures/v1.jsonl"));
    let page = sessions.store.export(&id, &TimeZone::UTC).unwrap();
    expect![[r##"
        # The shed

        Session `s`, 2026-11-24 14:30, a branch of `2026-11-23-0900-00ff`.

        ## You, 2026-11-24 14:30

        Where is the spare key, "the small one"?

        *Recalled: `memory/2026-11-14.md#L3-L4`*

        *A picture (image/png)*

        ## ollama/qwen3:8b, 2026-11-24 14:30

        Let me look.

        *Called `read` with:*

        ```json
        {
          "path": "memory/2026-11-14.md"
        }
        ```

        *Called `read` with:*

        ```json
        {
          "path": "nowhere.md"
        }
        ```

        *Called `shell` with:*

        ```json
        {
          "command": "ls"
        }
        ```

        *`read` returned:*

        ```
        <untrusted-0000000000000002 source="read">
        key: with Kühnle
        </untrusted-0000000000000002>
        ```

        *`read` failed:*

        ```
        <untrusted-0000000000000003 source="read">
        no such file
        </untrusted-0000000000000003>
        ```

        *`shell` did not run:*

        ```
        the person said no
        ```

        ## ollama/qwen3:8b, 2026-11-24 14:30

        With the neighbour, Kühnle.

        *Taken back later.* *Remembered in `memory/2026-11-24.md#L1`:*

        ```
        - The spare key hangs at Kühnle's.
        ```

        *From here on the model read this summary of what stands above:*

        > The spare key is with Kühnle.

        *From here on the model read all of it again.*

        *From here on the model read this extract of what stands above:*

        > Spare key: Kühnle.

        *Broken off: no connection*

        *The answer ran out of tokens.*

        *The model would not answer.*

        *The model called `read` again and again.*

        *Stopped: 12 calls of the model are used up.*

        *Stopped by you.*
    "##]]
    .assert_eq(&page);
}
