//! Words that are only grammar, folded: they say what language a text is in, and never decide a hit.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// What a grammar word says about the language of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grammar {
    /// Only German uses it.
    German,
    /// Only English uses it.
    English,
    /// Both do.
    Both,
}

/// What a folded word is if it is only grammar.
pub(crate) fn grammar(word: &str) -> Option<Grammar> {
    static WORDS: LazyLock<FxHashMap<&'static str, Grammar>> = LazyLock::new(|| {
        let mut words = FxHashMap::default();
        for word in GERMAN.split_ascii_whitespace() {
            words.insert(word, Grammar::German);
        }
        for word in ENGLISH.split_ascii_whitespace() {
            let grammar = if words.contains_key(word) { Grammar::Both } else { Grammar::English };
            words.insert(word, grammar);
        }
        words
    });
    WORDS.get(word).copied()
}

const GERMAN: &str = "\
    ab aber alle allem allen aller alles als also am an andere anderem anderen anderer anderes auch auf \
    aus bei beim bin bis bist da dabei dadurch dafuer dagegen daher damit danach daneben dann daran darauf \
    daraus darin darueber darum das dass davon dazu dein deine deinem deinen deiner deines dem den denen \
    denn der deren des dessen dich die dies diese diesem diesen dieser dieses dir doch dort du durch ein \
    eine einem einen einer eines einige einigem einigen einiger einiges er es etwa etwas euch euer eure \
    eurem euren eurer fuer gegen gewesen hab habe haben hast hat hatte hatten hattest hier hin hinter ich \
    ihm ihn ihnen ihr ihre ihrem ihren ihrer ihres im in indem ins ist ja jede jedem jeden jeder jedes jene \
    jenem jenen jener jenes kann kannst kein keine keinem keinen keiner keines koennen koennte koennten \
    konnte konnten man manche manchem manchen mancher manches mein meine meinem meinen meiner meines mich \
    mir mit muss musste muessen nach nicht noch nun nur ob oder ohne sehr sein seine seinem seinen seiner \
    seines seit selbst sich sie sind so solche solchem solchen solcher solches soll sollen sollte sollten \
    sondern sonst statt ueber um und uns unser unsere unserem unseren unserer unseres unter viel viele \
    vielen vom von vor wann war waren warst warum was weil welche welchem welchen welcher welches wem wen \
    wenn wer werde werden werdet weshalb wessen wie wieder wieso wieviel will wir wird wirst wo wobei \
    wodurch wofuer wogegen woher wohin womit woran worauf woraus worin worueber wovon wozu wurde wurden \
    zu zum zur zwar zwischen heisst heissen hiess gibt gab bitte mal eigentlich schon gerade hoch oft fuers aufs \
    ans ums durchs vors uebers unterm hinterm";

const ENGLISH: &str = "\
    a about above after again against all also am an and any are as at be because been before being below \
    between both but by can cannot could did do does doing done don down during each few for from further \
    had has have having he her here hers herself him himself his how i if in into is isn it its itself just \
    ll me might more most must my myself no nor not of off on once only or other ought our ours ourselves \
    out over own re s same shall she should so some such t than that the their theirs them themselves then \
    there these they this those through to too under until up upon us ve very was wasn we were weren what \
    when where which while who whom whose why will with won would you your yours yourself yourselves d m \
    doesn didn hasn hadn haven couldn wouldn shouldn many much please tell";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grammar_words_know_their_language() {
        assert_eq!(grammar("wann"), Some(Grammar::German));
        assert_eq!(grammar("when"), Some(Grammar::English));
        assert_eq!(grammar("in"), Some(Grammar::Both));
        assert_eq!(grammar("kiln"), None);
    }
}
