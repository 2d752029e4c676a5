//! Text that grows: blanks fold, paragraphs stand apart, and what is nested is indented.

/// Writes text.
#[derive(Debug, Default)]
pub(super) struct Writer {
    out: String,
    /// What each line begins with.
    prefix: String,
    /// What the next line begins with once.
    marker: Option<Marker>,
    /// The next blank is left out.
    swallows_blank: bool,
    gap: Gap,
    /// How many elements are open in which nothing starts a line.
    inline: usize,
    /// Nothing is written beyond it.
    limit: usize,
}

/// The beginning of an item.
#[derive(Debug)]
struct Marker {
    /// All of its line, the prefix around it included.
    line: String,
    /// The prefix around it, for the empty line before it.
    around: String,
}

/// What stands between what was written and what comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Blank,
    Line,
    Paragraph,
}

impl Writer {
    /// Writes about `limit` bytes at most.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    /// What was written.
    pub(super) fn finish(self) -> String {
        self.out.trim_end().to_owned()
    }

    /// Whether there is no room left.
    pub(super) fn is_full(&self) -> bool {
        self.out.len() >= self.limit
    }

    /// How much was written; whoever compares can tell whether something was.
    pub(super) fn len(&self) -> usize {
        self.out.len()
    }

    /// What comes stands in a paragraph of its own.
    pub(super) fn paragraph(&mut self) {
        self.widen(Gap::Paragraph);
    }

    /// What comes stands on a line of its own.
    pub(super) fn line(&mut self) {
        self.widen(Gap::Line);
    }

    fn widen(&mut self, gap: Gap) {
        let gap = if self.inline > 0 { Gap::Blank } else { gap };
        self.gap = self.gap.max(gap);
    }

    /// From here on, nothing starts a line.
    pub(super) fn begin_inline(&mut self) {
        self.inline += 1;
    }

    /// Ends that.
    pub(super) fn end_inline(&mut self) {
        self.inline = self.inline.saturating_sub(1);
    }

    /// The next line begins so, and the lines after it with `prefix` more than now. Returns what [`Self::outdent`]
    /// wants.
    pub(super) fn indent(&mut self, marker: &str, prefix: &str) -> usize {
        let before = self.prefix.len();
        if self.inline > 0 {
            return before;
        }
        // An item that begins with an item: `- - a`.
        let Marker { mut line, around } = self
            .marker
            .take()
            .unwrap_or_else(|| Marker { line: self.prefix.clone(), around: self.prefix.clone() });
        line.push_str(marker);
        self.marker = Some(Marker { line, around });
        self.prefix.push_str(prefix);
        before
    }

    /// Ends an indentation.
    pub(super) fn outdent(&mut self, before: usize) {
        if self.prefix.len() > before {
            self.marker = None;
            self.prefix.truncate(before);
        }
    }

    /// Writes text in which blanks fold.
    pub(super) fn words(&mut self, text: &str) {
        let mut blank = text.starts_with(char::is_whitespace);
        for word in text.split_whitespace() {
            if blank {
                self.gap = self.gap.max(Gap::Blank);
            }
            self.mark(word);
            blank = true;
        }
        if text.ends_with(char::is_whitespace) {
            self.gap = self.gap.max(Gap::Blank);
        }
    }

    /// Writes text as it is, on this line.
    pub(super) fn mark(&mut self, text: &str) {
        if text.is_empty() || self.is_full() {
            return;
        }
        self.flush();
        let room = self.limit.saturating_sub(self.out.len());
        let end =
            (0..=room.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        self.out.push_str(text.get(..end).unwrap_or_default());
    }

    /// Writes a bracket; blanks behind it are left out.
    pub(super) fn open_bracket(&mut self) {
        self.mark("[");
        self.swallows_blank = true;
    }

    /// Writes text right behind what was written, before any blank that waits.
    pub(super) fn attach(&mut self, text: &str) {
        if !self.is_full() {
            self.out.push_str(text);
        }
    }

    /// Writes lines as they are, with their blanks.
    pub(super) fn verbatim(&mut self, text: &str) {
        for (number, line) in text.split('\n').enumerate() {
            if self.is_full() {
                return;
            }
            if number > 0 {
                self.out.push('\n');
                self.out.push_str(&self.prefix);
            }
            if number == 0 {
                self.flush();
            }
            self.out.push_str(line);
        }
    }

    fn flush(&mut self) {
        let gap = std::mem::take(&mut self.gap);
        let swallows_blank = std::mem::take(&mut self.swallows_blank);
        let marker = self.marker.take();
        let is_start = self.out.is_empty();
        if !is_start && gap == Gap::Paragraph {
            let around = marker.as_ref().map_or(&self.prefix, |marker| &marker.around);
            self.out.push('\n');
            self.out.push_str(around.trim_end());
        }
        match (gap, marker) {
            (_, Some(marker)) => {
                self.out.push_str(if is_start { "" } else { "\n" });
                self.out.push_str(&marker.line);
            }
            (_, None) if is_start => self.out.push_str(&self.prefix),
            (Gap::Paragraph | Gap::Line, None) => {
                self.out.push('\n');
                self.out.push_str(&self.prefix);
            }
            (Gap::Blank, None) if !swallows_blank && !self.out.ends_with([' ', '\n']) => {
                self.out.push(' ');
            }
            (Gap::Blank | Gap::None, None) => {}
        }
    }
}
