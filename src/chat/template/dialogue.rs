//! A conversation in the only shape that templates take: an optional system prompt, then question and reply in turn.
//! A list of messages becomes one here or is refused; so no template has to think about roles out of order.

use crate::exit::{Exit, Failed};
use crate::message::{Message, Role};
use crate::tr;

/// One question and the reply to it.
#[derive(Debug)]
pub(super) struct Exchange<'a> {
    /// The system prompt, in the first exchange only, and only if it has words.
    pub(super) system: Option<&'a str>,
    /// What the person said.
    pub(super) question: &'a str,
    /// What the model said; missing only in the last exchange.
    pub(super) reply: Option<Reply<'a>>,
}

/// What the model said.
#[derive(Debug)]
pub(super) struct Reply<'a> {
    /// The message it stands in.
    pub(super) message: &'a Message,
    /// It is the last message, and the model is to go on with it.
    pub(super) open: bool,
}

/// A conversation whose roles alternate; at least one exchange.
#[derive(Debug)]
pub(super) struct Dialogue<'a> {
    /// In the order in which they were held.
    pub(super) exchanges: Vec<Exchange<'a>>,
}

impl<'a> Dialogue<'a> {
    /// Reads a list of messages; `default_system` stands in where the list has no system message.
    pub(super) fn read(messages: &'a [Message], default_system: Option<&'a str>) -> Result<Self, Failed> {
        let (system, said) = match messages {
            [first, rest @ ..] if first.role == Role::System => (Some(first.content.as_str()), rest),
            all => (default_system, all),
        };
        if said.is_empty() {
            return Err(refuse(tr!(
                "对话里还没有问题：至少要有一条 user 消息",
                "the conversation has no question yet: it needs at least one user message"
            )));
        }
        let mut exchanges = Vec::with_capacity(said.len().div_ceil(2));
        for (at, pair) in said.chunks(2).enumerate() {
            let position = messages.len() - said.len() + 2 * at + 1;
            expect(&pair[0], Role::User, position)?;
            let reply = match pair.get(1) {
                None => None,
                Some(message) => {
                    expect(message, Role::Assistant, position + 1)?;
                    Some(Reply { message, open: position + 1 == messages.len() })
                }
            };
            let system = if at == 0 { system.filter(|text| !text.is_empty()) } else { None };
            exchanges.push(Exchange { system, question: &pair[0].content, reply });
        }
        Ok(Self { exchanges })
    }
}

/// Refuses a message of another role than the one whose turn it is.
fn expect(message: &Message, role: Role, position: usize) -> Result<(), Failed> {
    if message.role == role {
        return Ok(());
    }
    let (found, wanted) = (name(message.role), name(role));
    Err(refuse(tr!(
        "第 {position} 条消息的角色是 {found}，这里应是 {wanted}：开头可以有一条 system，然后 user 与 assistant 轮流",
        "message {position} has the role {found} where {wanted} must stand: one system message may come first, then user and assistant take turns"
    )))
}

fn refuse(sentence: String) -> Failed {
    Failed::new(Exit::Input, sentence)
}

/// The role as templates and message files spell it.
pub(super) fn name(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(roles: &str) -> Result<(usize, bool), String> {
        let messages: Vec<Message> = roles
            .chars()
            .map(|role| match role {
                's' => Message::new(Role::System, "S"),
                'u' => Message::new(Role::User, "U"),
                _ => Message::new(Role::Assistant, "A"),
            })
            .collect();
        let dialogue = Dialogue::read(&messages, None).map_err(|failed| failed.message)?;
        let open = dialogue.exchanges.iter().any(|exchange| exchange.reply.as_ref().is_some_and(|reply| reply.open));
        Ok((dialogue.exchanges.len(), open))
    }

    #[test]
    fn takes_alternating_roles_only() {
        for (roles, exchanges, open) in
            [("u", 1, false), ("su", 1, false), ("uau", 2, false), ("suaua", 2, true), ("ua", 1, true)]
        {
            assert_eq!(read(roles), Ok((exchanges, open)), "{roles}");
        }
        for (roles, position) in [("a", 1), ("uu", 2), ("ss", 2), ("sua1", 4), ("us", 2), ("uas", 3), ("sa", 2)] {
            let sentence = read(roles).unwrap_err();
            assert!(sentence.contains(&format!("第 {position} 条")), "{roles}: {sentence}");
        }
        for roles in ["", "s"] {
            assert!(read(roles).unwrap_err().contains("还没有问题"), "{roles}");
        }
    }

    #[test]
    fn the_default_system_yields_to_any_other() {
        let question = Message::new(Role::User, "U");
        let system = |text: &str| Message::new(Role::System, text);
        let cases = [
            (vec![question.clone()], Some("D")),
            (vec![system("S"), question.clone()], Some("S")),
            (vec![system(""), question.clone()], None),
        ];
        for (messages, expected) in &cases {
            let dialogue = Dialogue::read(messages, Some("D")).unwrap();
            assert_eq!(dialogue.exchanges[0].system, *expected);
        }
    }
}
