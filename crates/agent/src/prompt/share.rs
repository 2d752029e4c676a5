//! How room is shared between files that want more than there is.

/// The least that is worth sending of a file, in UTF-16 units.
pub(super) const LEAST: usize = 64;

/// Hands out `room` to those who want it, the most important first. Each gets what it wants, but at most half of what
/// is left while others wait; what is over goes round once more. So a long file leaves something to each after it.
/// Who would get too little to be worth it gets nothing, the least important first.
pub(super) fn share(room: usize, wants: &[usize]) -> Vec<usize> {
    let mut wants = wants.to_vec();
    loop {
        let shares = portions(room, &wants);
        let is_poor = |(share, want): (&usize, &usize)| *share < (*want).min(LEAST);
        match shares.iter().zip(&wants).rposition(is_poor).and_then(|at| wants.get_mut(at)) {
            Some(want) => *want = 0,
            None => return shares,
        }
    }
}

fn portions(room: usize, wants: &[usize]) -> Vec<usize> {
    let mut left = room;
    let mut waiting = wants.iter().filter(|want| **want > 0).count();
    let mut portions = Vec::with_capacity(wants.len());
    for want in wants {
        let most = if waiting > 1 { left / 2 } else { left };
        let portion = (*want).min(most);
        waiting -= usize::from(*want > 0);
        left -= portion;
        portions.push(portion);
    }
    for (portion, want) in portions.iter_mut().zip(wants) {
        let more = (want - *portion).min(left);
        *portion += more;
        left -= more;
    }
    portions
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn who_wants_little_gets_it_and_the_rest_goes_to_the_most_important() {
        for (room, wants, expected) in [
            (1_000, vec![100, 200, 300], vec![100, 200, 300]),
            (1_000, vec![5_000, 100, 100], vec![800, 100, 100]),
            (1_000, vec![5_000, 5_000], vec![500, 500]),
            (1_000, vec![100, 0, 5_000], vec![100, 0, 900]),
            (100, vec![90, 90, 20], vec![80, 0, 20]),
            (63, vec![90], vec![0]),
            (0, vec![1, 2], vec![0, 0]),
        ] {
            assert_eq!(share(room, &wants), expected, "{room} for {wants:?}");
        }
    }

    proptest! {
        #[test]
        fn no_more_is_handed_out_than_there_is_or_than_is_wanted(
            room in 0_usize..70_000, wants in prop::collection::vec(0_usize..20_001, 0..9),
        ) {
            let shares = share(room, &wants);
            prop_assert!(shares.iter().sum::<usize>() <= room);
            prop_assert!(shares.iter().zip(&wants).all(|(share, want)| share <= want));
        }
    }
}
