//! `dateline-auth user …`: beside a service that may run.

use std::io::{self, BufRead, IsTerminal as _};

use clap::Subcommand;
use serde_json::{Value, json};

use super::output::{facts, print_parts, print_result, table};
use super::{Common, Failure, audit, wait};
use crate::app::admin;
use crate::config::Config;
use crate::domain::accounts::{Accounts, Overview, Who};
use crate::domain::store::{Account, NO_PASSWORD};
use crate::domain::time::Moment;
use crate::http::export;

/// Arguments of `user`.
#[derive(clap::Args)]
pub(super) struct UserArguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Subcommand)]
enum UserCommand {
    /// List accounts, oldest first.
    List {
        /// Only disabled accounts.
        #[arg(long)]
        disabled: bool,
    },
    /// Show one account.
    Show {
        /// An e-mail address or an account number.
        who: Who,
    },
    /// Disable an account: end its sessions and flows at once, and prevent logins.
    Disable {
        /// An e-mail address, or an account's number.
        who: Who,
    },
    /// Enable an account again.
    Enable {
        /// An e-mail address, or an account's number.
        who: Who,
    },
    /// Lift an account's waits after failed logins, and reset its counts of codes.
    Unlock {
        /// An e-mail address, or an account's number.
        who: Who,
    },
    /// End an account's newsletter subscription, as its owner could.
    Unsubscribe {
        /// An e-mail address, or an account's number.
        who: Who,
    },
    /// Delete an account, as its owner could, and notify the owner by mail.
    Delete {
        /// An e-mail address, or an account's number.
        who: Who,
        /// Do not ask for confirmation.
        #[arg(long)]
        yes: bool,
    },
    /// Print all data about an account's owner, as JSON.
    Export {
        /// An e-mail address, or an account's number.
        who: Who,
    },
}

pub(super) fn run(arguments: UserArguments) -> Result<(), Failure> {
    let UserArguments { common, command } = arguments;
    let config = match command {
        UserCommand::List { .. } | UserCommand::Show { .. } | UserCommand::Export { .. } => {
            common.load()?
        }
        _ => common.load_to_change()?,
    };
    let accounts = admin::accounts(&config)?;
    let json = common.json;
    wait(async {
        match command {
            UserCommand::List { disabled } => list(&accounts, disabled, json).await,
            UserCommand::Show { who } => show(&accounts, who, json).await,
            UserCommand::Disable { who } => set_disabled(&accounts, who, true, json).await,
            UserCommand::Enable { who } => set_disabled(&accounts, who, false, json).await,
            UserCommand::Unlock { who } => unlock(&accounts, who, json).await,
            UserCommand::Unsubscribe { who } => unsubscribe(&accounts, who, json).await,
            UserCommand::Delete { who, yes } => delete(&config, &accounts, who, yes, json).await,
            UserCommand::Export { who } => export_all(&accounts, who).await,
        }
    })?
}

async fn find(accounts: &Accounts, who: Who) -> Result<Account, Failure> {
    let named = match &who {
        Who::Number(number) => format!("the number {number}"),
        Who::Address(address) => format!("the address {}", address.spelling()),
    };
    accounts.find(who).await?.ok_or_else(|| {
        Failure::Input(format!(
            "no account has {named}; `dateline-auth user list` shows all accounts"
        ))
    })
}

async fn list(accounts: &Accounts, disabled: bool, json: bool) -> Result<(), Failure> {
    let mut all = accounts.all().await?;
    all.retain(|account| !disabled || account.disabled_at.is_some());
    let object = json!({ "accounts": all.iter().map(object).collect::<Vec<_>>() });
    print_result(json, &object, || {
        if all.is_empty() {
            return match disabled {
                true => "No account is disabled.".to_owned(),
                false => "There are no accounts.".to_owned(),
            };
        }
        let rows: Vec<_> = all
            .iter()
            .map(|account| {
                [
                    account.id.to_string(),
                    account.email.clone(),
                    account.language.clone(),
                    yes_or_no(account.subscribed),
                    account.created_at.rfc3339(),
                    state(account),
                ]
            })
            .collect();
        let names = [
            "number",
            "address",
            "language",
            "newsletter",
            "created",
            "state",
        ];
        table(&names, &rows)
    })
}

async fn show(accounts: &Accounts, who: Who, json: bool) -> Result<(), Failure> {
    let account = find(accounts, who).await?;
    let Overview {
        account,
        sessions,
        browsers,
        mails,
        undo_until,
    } = accounts.overview(account).await?;
    let mut object = object(&account);
    object["sessions"] = sessions.into();
    object["browsers"] = browsers.into();
    object["mails_waiting"] = mails.into();
    object["address_undo_until"] = json!(undo_until.map(Moment::rfc3339));
    print_result(json, &object, || {
        let password = match account.password_hash == NO_PASSWORD {
            true => "void; a reset sets a new one".to_owned(),
            false => format!("set {}", account.password_at.rfc3339()),
        };
        let since = account.address_at.rfc3339();
        let since = match undo_until {
            Some(until) => format!("{since}, can be undone until {}", until.rfc3339()),
            None => since,
        };
        facts(&[
            ("number", account.id.to_string()),
            ("address", account.email.clone()),
            ("address since", since),
            ("state", state(&account)),
            ("language", account.language.clone()),
            ("created", account.created_at.rfc3339()),
            ("password", password),
            ("newsletter", yes_or_no(account.subscribed)),
            ("sessions", sessions.to_string()),
            ("browsers", browsers.to_string()),
            ("queued mails", mails.to_string()),
        ])
    })
}

async fn set_disabled(
    accounts: &Accounts,
    who: Who,
    disabled: bool,
    json: bool,
) -> Result<(), Failure> {
    let account = find(accounts, who).await?;
    let changed = accounts.set_disabled(account.id, disabled).await?;
    if changed {
        let what = if disabled {
            "user disable"
        } else {
            "user enable"
        };
        audit::note(what, Some(account.id));
    }
    let object = json!({ "id": account.id, "disabled": disabled, "changed": changed });
    print_result(json, &object, || {
        let Account { id, email, .. } = &account;
        match (disabled, changed) {
            (true, true) => {
                format!("Account {id}, {email}, is disabled; its sessions have ended.")
            }
            (true, false) => format!("Account {id}, {email}, was disabled already."),
            (false, true) => format!("Account {id}, {email}, is enabled."),
            (false, false) => format!("Account {id}, {email}, was not disabled."),
        }
    })
}

async fn unlock(accounts: &Accounts, who: Who, json: bool) -> Result<(), Failure> {
    let account = find(accounts, who).await?;
    let lifted = accounts.unlock(account.id).await?;
    if lifted {
        audit::note("user unlock", Some(account.id));
    }
    let Account { id, email, .. } = &account;
    print_result(
        json,
        &json!({ "id": id, "lifted": lifted }),
        || match lifted {
            true => format!("Account {id}, {email}, has no more waits."),
            false => format!("Account {id}, {email}, had no waits."),
        },
    )
}

async fn unsubscribe(accounts: &Accounts, who: Who, json: bool) -> Result<(), Failure> {
    let account = find(accounts, who).await?;
    let changed = accounts.unsubscribe(account.id).await?;
    if changed {
        audit::note("user unsubscribe", Some(account.id));
    }
    let Account { id, email, .. } = &account;
    print_result(
        json,
        &json!({ "id": id, "newsletter": false, "changed": changed }),
        || match changed {
            true => format!("Account {id}, {email}, no longer gets the newsletter."),
            false => format!("Account {id}, {email}, did not get the newsletter."),
        },
    )
}

async fn delete(
    config: &Config,
    accounts: &Accounts,
    who: Who,
    yes: bool,
    json: bool,
) -> Result<(), Failure> {
    let account = find(accounts, who).await?;
    if !yes {
        if !io::stdin().is_terminal() {
            return Err(Failure::Usage(
                "cannot ask for confirmation here; use --yes".to_owned(),
            ));
        }
        if !confirm(&account, &mut io::stdin().lock(), &mut io::stderr())? {
            return Err(Failure::Input("nothing was deleted".to_owned()));
        }
    }
    let deleted = accounts.erase(account.id).await?;
    if deleted {
        audit::note("user delete", Some(account.id));
    }
    admin::keep_ledger(config, accounts).await.map_err(|error| {
        Failure::Input(format!(
            "the account is deleted, but deleted.log could not be written yet: {error}; the service writes it when it can"
        ))
    })?;
    let object = json!({ "id": account.id, "deleted": deleted });
    print_result(json, &object, || {
        let Account { id, email, .. } = &account;
        match deleted {
            true => {
                format!("Account {id}, {email}, is deleted; a mail to its owner is queued.")
            }
            false => format!("Account {id}, {email}, was deleted meanwhile."),
        }
    })
}

/// Asks whether an account may go.
fn confirm(
    account: &Account,
    answers: &mut impl BufRead,
    questions: &mut impl io::Write,
) -> io::Result<bool> {
    let Account { id, email, .. } = account;
    write!(
        questions,
        "Permanently delete account {id}, {email}, and everything that belongs to it? [y/N] "
    )?;
    questions.flush()?;
    let mut answer = String::new();
    answers.read_line(&mut answer)?;
    Ok(matches!(
        answer.trim().to_ascii_lowercase().as_str(),
        "y" | "yes"
    ))
}

async fn export_all(accounts: &Accounts, who: Who) -> Result<(), Failure> {
    let account = find(accounts, who).await?;
    let all = accounts.export(account).await?;
    print_parts(export::parts(accounts.clone(), all)).await
}

/// An account for programs.
fn object(account: &Account) -> Value {
    json!({
        "id": account.id,
        "email": account.email,
        "language": account.language,
        "newsletter": account.subscribed,
        "created_at": account.created_at.rfc3339(),
        "password_changed_at": account.password_at.rfc3339(),
        "address_since": account.address_at.rfc3339(),
        "password_void": account.password_hash == NO_PASSWORD,
        "disabled_at": account.disabled_at.map(|at| at.rfc3339()),
    })
}

fn state(account: &Account) -> String {
    match account.disabled_at {
        Some(at) => format!("disabled {}", at.rfc3339()),
        None => "enabled".to_owned(),
    }
}

fn yes_or_no(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        let account = Account {
            id: 7,
            email_key: "jo@example.com".into(),
            email: "jo@example.com".into(),
            password_hash: String::new(),
            language: "en".into(),
            subscribed: false,
            created_at: Moment(0),
            password_at: Moment(0),
            address_at: Moment(0),
            disabled_at: None,
        };
        for (answer, yes) in [
            ("y\n", true),
            (" Yes \n", true),
            ("", false),
            ("\n", false),
            ("n\n", false),
            ("yesterday\n", false),
        ] {
            let mut asked = Vec::new();
            let said = confirm(&account, &mut answer.as_bytes(), &mut asked).unwrap();
            assert_eq!(said, yes, "{answer:?}");
            let asked = String::from_utf8(asked).unwrap();
            assert!(asked.contains("account 7, jo@example.com"), "{asked}");
        }
    }

    #[test]
    fn numbers_and_addresses_are_distinguished() {
        assert!(matches!("12".parse(), Ok(Who::Number(12))));
        assert!(matches!("12@example.org".parse(), Ok(Who::Address(_))));
        assert!("twelve".parse::<Who>().is_err());
        assert!("".parse::<Who>().is_err());
    }
}
