# Tous les textes du thème en français.
# $count choisit le pluriel ; $number est le même nombre, écrit à la française.

## Genres, listes et titres que demande le générateur
kind-news = Actualité
kind-news-plural = Actualités
kind-press-release = Communiqué de presse
kind-press-release-plural = Communiqués de presse
kind-speech = Discours
kind-speech-plural = Discours
kind-statement = Déclaration
kind-statement-plural = Déclarations
kind-advisory = Avis aux médias
kind-advisory-plural = Avis aux médias
kind-opinion = Tribune
kind-opinion-plural = Tribunes
kind-video = Vidéo
kind-video-plural = Vidéos
kind-photo = Photo
kind-photo-plural = Photos
taxonomy-topics = Thèmes
taxonomy-people = Personnes
taxonomy-places = Lieux
taxonomy-events = Événements
video-list = Vidéos
home-title = { $site }
not-found-title = Page introuvable
gone-title = Cette page a été retirée
resting-title = Les comptes sont indisponibles

## Autour de chaque page
skip = Aller au contenu
languages = Langues
sections = Rubriques
breadcrumbs = Vous êtes ici
by-kind = Par genre
by-subject = Par sujet
this-site = Ce site
contacts = Contacts presse
contact = Contact
feed-atom = Flux Atom
feed-json = Flux JSON

## Accueil
latest = Dernières publications
earlier = Auparavant
topics = Thèmes
latest-videos = Dernières vidéos
all-videos = Toutes les vidéos
for-media = Pour les médias
for-media-video = Nos vidéos sont gratuites pour un usage éditorial, en qualité de diffusion, avec liste des plans et transcription.
for-media-account = La qualité de diffusion nécessite un compte. Il est gratuit et ouvert à toutes et à tous.
feeds = Flux
nothing-yet = Rien n’a encore été publié ici.

## Listes
story-count =
    { $count ->
        [0] Aucune publication
        [one] { $number } publication
       *[other] { $number } publications
    }
video-count =
    { $count ->
        [0] Aucune vidéo
        [one] { $number } vidéo
       *[other] { $number } vidéos
    }
term-count =
    { $count ->
        [0] Aucune entrée
        [one] { $number } entrée
       *[other] { $number } entrées
    }
archive-title = { $list }, { $period }
page-number = Page { $number }, en comptant à partir des plus anciennes
pages = Pages de cette liste
newer = Plus récentes
older = Plus anciennes
by-date = Par date
follow-all = Suivre toutes nos publications :
follow = Suivre cette liste :
follow-videos = Suivre nos vidéos :

## Articles
updated = Mis à jour le
by = Par { $names }
list-comma = { ", " }
toc = Sommaire
video = Vidéo
corrected =
    { $count ->
        [one] Rectifié
       *[other] Rectifié, { $count } notes
    }
corrections =
    { $count ->
        [one] Rectificatif
       *[other] Rectificatifs
    }
broadcast-video = Vidéos en qualité de diffusion
also-in = Aussi disponible en
subjects = En savoir plus sur
share = Partager
send-by-mail = Envoyer par courriel
copy = Copier
copy-address = Copier l’adresse
copied = Copié
print = Imprimer
related = À lire aussi
neighbours = Autres publications : { $section }
previous-story = Précédent
next-story = Suivant

## Images
picture-download = Télécharger ({ $width } × { $height }, { $size })
picture-words = Légende, crédit et conditions
copy-picture-words = Copier la légende, le crédit et les conditions de { $file }
photo-place = Photo { $number } / { $count }
previous-photo = Précédente
next-photo = Suivante
photo-keys = Les flèches gauche et droite du clavier font passer d’une photo à l’autre.

## Dossier de presse
press-kit = Dossier de presse
press-kit-get =
    { $count ->
        [one] { $number } photo avec textes (ZIP)
       *[other] { $number } photos avec textes (ZIP)
    }
press-kit-what = Originaux, légendes et le texte dans toutes les langues.
kit-headline = Titre : { $text }
kit-caption = Légende : { $text }
kit-alt = Description : { $text }
kit-creator = Auteur : { $text }
kit-credit = Crédit : { $text }
kit-copyright = Droits d’auteur : { $text }
kit-terms = Conditions d’utilisation : { $text }
kit-licence = Licence : { $text }
kit-licensor = Licences disponibles à l’adresse : { $text }
kit-place = Lieu : { $text }
kit-date = Date : { $text }
kit-source = Type de source : { $text }
kit-rights = À qui appartiennent les photos et ce qui est permis
kit-contacts = À qui s’adresser

## Vidéo
duration = Durée
video-more = Liste des plans, transcription et fichiers à télécharger
play-file = Lire le fichier vidéo
player-failed = La vidéo ne peut pas être lue pour le moment. La liste des plans et la transcription sont ci-dessous ; veuillez réessayer plus tard.
player-keys = Quand le lecteur est actif : K pour lire ou mettre en pause, J et L pour reculer ou avancer de dix secondes, virgule et point pour reculer ou avancer d’une image.
no-preview = Aucun aperçu n’est disponible.
on-this-page = Sur cette page
files = Fichiers à télécharger
files-caption = Fichiers de « { $title } »
terms-apply = Ce que vous pouvez faire de ces fichiers :
terms-version = version { $version }
terms-accept = En téléchargeant un fichier, vous acceptez ces conditions.
file = Fichier
format = Format
picture = Image
frame-rate = Cadence
audio = Son
size = Taille
access = Accès
bytes-exact =
    { $count ->
        [one] { $number } octet
       *[other] { $number } octets
    }
free-account = Compte gratuit requis
free-account-why = Les fichiers en qualité de diffusion nécessitent un compte. Il est gratuit et ouvert à toutes et à tous.
download = Télécharger
checksums = Sommes de contrôle (SHA-256)
checksums-hint = Le téléchargement est complet si la somme de contrôle SHA-256 du fichier correspond à celle indiquée ci-dessous.
copy-checksum = Copier la somme de contrôle de { $file }
with-curl = Télécharger avec curl
with-curl-hint = Si le téléchargement est interrompu, relancez la même commande : il reprend là où il s’est arrêté.
make-link = Créer un lien pour curl
make-link-hint = Les fichiers qui nécessitent un compte n’ont pas d’adresse permanente. « Créer un lien pour curl » en crée une sur la page de votre compte, avec la commande à copier. Elle fonctionne avec curl, wget et aria2c jusqu’à l’heure indiquée, et vous pouvez y mettre fin sur cette page à tout moment.
copy-command = Copier la commande pour { $file }
shotlist = Liste des plans
play-from = Lire à partir de { $time }
transcript = Transcription
shown-in = À retrouver dans

## Pour continuer
not-found-text = Il n’y a pas de page à cette adresse. Elle comporte peut-être une faute de frappe, ou le lien n’est plus à jour.
not-found-hint = Vérifiez l’adresse, ou continuez à partir de l’une de ces pages.
gone-text = Cette page a été publiée ici, puis retirée. Elle ne reviendra pas.
gone-hint = Pour en connaître les raisons, adressez-vous au service de presse. Tout le reste est toujours disponible.
resting-text = Le service des comptes ne répond pas : la connexion et le téléchargement des fichiers en qualité de diffusion sont momentanément impossibles.
resting-hint = Les articles, les photos, les listes des plans et les transcriptions restent accessibles comme d’habitude. Veuillez réessayer dans quelques minutes.
ways-on = Poursuivre la visite
front-page = Accueil
ask = Nous écrire
moved-title = Cette page a changé d’adresse
moved-link = Aller à la nouvelle adresse

# Demandé par le générateur : le retour depuis une note de bas de page
footnote-back = Retour au texte

## Comptes
account = Compte
account-home-title = Votre compte
account-register-title = Créer un compte
account-verify-title = Saisissez le code reçu par courriel
account-welcome-title = Votre compte est prêt
account-login-title = Se connecter
account-reset-title = Définir un nouveau mot de passe
account-reset-verify-title = Saisissez le code reçu par courriel
account-reset-new-password-title = Choisissez un nouveau mot de passe
account-reset-done-title = Votre nouveau mot de passe est enregistré
account-password-title = Changer de mot de passe
account-address-title = Changer d’adresse électronique
account-address-verify-title = Saisissez le code reçu par courriel
account-address-undo-title = Annuler un changement d’adresse
account-address-text = Nous enverrons un code à la nouvelle adresse. Une fois le code saisi, la nouvelle adresse remplace l’ancienne et tous les autres appareils sont déconnectés. Vos téléchargements, vos liens de téléchargement et votre abonnement à la lettre d’information sont conservés.
account-address-hold = Nous prévenons aussi l’ancienne adresse. Pendant trois jours, toute personne qui en lit le courrier peut annuler le changement ; d’ici là, l’ancienne adresse reste réservée et le compte ne peut pas être supprimé.
account-address-new = Nouvelle adresse électronique
account-address-keep = Conserver mon adresse
account-address-verify-text = Nous avons envoyé un courriel à la nouvelle adresse. Le code qu’il contient est valable 30 minutes et ne sert qu’une fois. Si l’adresse a déjà un compte, le courriel ne contient pas de code.
account-address-undo-text = Si quelqu’un d’autre a changé l’adresse de votre compte, saisissez le code de l’avis que nous avons envoyé à votre ancienne adresse.
account-address-undo-then = Votre compte retrouve son ancienne adresse. Tous les appareils sont déconnectés, les liens de téléchargement et le mot de passe ne fonctionnent plus, et vous choisissez un nouveau mot de passe.
account-address-undo-code = Code de l’avis
account-address-undo-hint = Il compte 24 lettres et chiffres et reste valable trois jours, dans n’importe quel navigateur.
account-address-undo-button = Annuler le changement
account-delete-title = Supprimer votre compte
account-deleted-title = Votre compte est supprimé
account-step = Étape { $step } sur { $steps }
account-help = Aide
account-why = Le compte est gratuit et ouvert à toutes et à tous. Il permet de télécharger nos vidéos en qualité de diffusion.
account-not-needed = Tout le reste de ce site se lit et se regarde sans compte.
account-have = Vous avez déjà un compte ?
account-open = Ouvrir mon compte
account-open-hint = Si vous n’êtes pas connecté, la connexion vous sera d’abord demandée.
account-none = Pas encore de compte ?
account-create = Créer un compte
account-register-text = Nous demandons une adresse électronique et un mot de passe, rien d’autre.
account-email = Adresse électronique
account-email-hint = Nous enverrons un code à cette adresse, pour vérifier qu’elle est bien à vous.
account-password = Mot de passe
account-new-password = Nouveau mot de passe
account-password-current = Votre mot de passe actuel
account-password-rules = Un bon mot de passe :
account-send-code = Envoyer le code
account-login-instead = Vous avez déjà un compte ?
account-register-instead = Pas encore de compte ?
account-forgotten = Mot de passe oublié ?
account-reset-text = Saisissez votre adresse électronique. Si elle a un compte, nous y enverrons un code.
account-verify-text = Nous avons envoyé un courriel à votre adresse. Le code qu’il contient est valable 30 minutes et ne sert qu’une fois.
account-verify-known = Si l’adresse a déjà un compte, le courriel ne contient pas de code mais indique comment se connecter.
account-reset-verify-text = Si votre adresse a un compte, nous y avons envoyé un courriel. Le code qu’il contient est valable 30 minutes et ne sert qu’une fois.
account-code = Code
account-code-hint = Huit chiffres, comme 1234 5678. Saisissez-les dans le navigateur où vous avez demandé le code.
account-go-on = Continuer
account-no-code = Pas encore de courriel ?
account-no-code-text = Cela peut prendre une minute ou deux. Vérifiez aussi votre dossier de courrier indésirable. Une minute après le dernier code, vous pouvez en demander un nouveau ; l’ancien cesse alors d’être valable.
account-resend = Envoyer un nouveau code
account-other-address = Utiliser une autre adresse
account-welcome-text = Votre adresse est confirmée et vous êtes connecté. Vous pouvez maintenant télécharger les vidéos en qualité de diffusion.
account-back = Revenir à la page où vous étiez
account-newsletter = Lettre d’information
account-newsletter-subscribe = S’abonner
account-newsletter-stop = Se désabonner
account-newsletter-is-on = Vous recevez la lettre d’information.
account-newsletter-later = Rien ne presse : vous pouvez vous abonner et vous désabonner à tout moment sur la page de votre compte.
newsletter-wording = Envoyez-moi la lettre d’information de { $site } par courriel, à l’adresse de mon compte. Je peux me désabonner à tout moment.
account-to-account = Accéder à votre compte
account-log-in = Se connecter
account-new-password-text = L’enregistrement vous déconnecte de tous les appareils.
account-save-password = Enregistrer le nouveau mot de passe
account-done-text = Connectez-vous désormais avec le nouveau mot de passe. Tous les appareils ont été déconnectés.
account-done-back = Se connecter et revenir à la page où vous étiez
account-password-text = L’enregistrement vous déconnecte de tous les autres appareils et met fin à vos liens de téléchargement. Nous vous en informerons par courriel.
account-delete-text = Votre adresse électronique, votre mot de passe, votre abonnement à la lettre d’information, vos sessions et vos liens de téléchargement sont effacés immédiatement. Cette action est irréversible.
account-delete-log = L’historique des téléchargements est conservé, mais ne permet plus de vous identifier.
account-delete-address = Après un changement d’adresse, le compte ne peut être supprimé qu’au bout de trois jours.
account-delete-button = Supprimer mon compte
account-keep = Conserver mon compte
account-deleted-text = Vos données ont été effacées. Nous vous avons envoyé un dernier courriel pour le confirmer.
account-deleted-again = Vous pouvez créer un nouveau compte à tout moment, y compris avec la même adresse.
account-since = Compte créé le
account-sessions = Appareils connectés
account-device = Appareil
account-first-seen = Première activité
account-last-seen = Dernière activité
account-this-device = Cet appareil
account-end = Déconnexion
account-end-session = Déconnecter
account-end-all = Déconnecter tous les autres appareils
account-links = Liens de téléchargement
account-links-hint = Un lien permet de télécharger un seul fichier sans connexion, pendant un temps limité. Toute personne qui le possède peut s’en servir : mettez-y fin si vous l’avez transmis par erreur. Les téléchargements en cours ne sont pas interrompus.
account-link-until = valable jusqu’au
account-wait-title = Veuillez patienter
account-wait-until = Rien n’a été modifié. Vous pourrez réessayer à partir de
account-wait-again = Réessayer à ce moment-là
account-link-copy-command = Copier la commande
account-link-address = L’adresse seule, pour wget, aria2c et d’autres programmes
account-link-copy-address = Copier l’adresse
account-link-end = Mettre fin à ce lien
account-ended = n’est plus disponible
account-downloads = Vos téléchargements
account-download-of = Fichier
account-download-begun = Début
account-download-state = Reçu
account-download-whole = Complet
account-data = Vos données
account-export = Tout ce que nous conservons à votre sujet, dans un fichier JSON
account-log-out = Se déconnecter

## Ce qu’il faut à un mot de passe
password-too-short = compte au moins { $limit } caractères
password-too-long = compte au plus { $limit } caractères
password-has-space = ne contient pas d’espace
password-needs-upper = contient une majuscule
password-needs-lower = contient une minuscule
password-needs-number = contient un chiffre
password-needs-symbol = contient un symbole, comme ! ? % ou +
password-common = n’est pas un mot de passe courant

## Ce qui peut échouer : sur les pages et dans les réponses du service des comptes
problem-account-disabled = Ce compte est fermé
    .detail = Il ne peut plus être utilisé. Si vous pensez qu’il s’agit d’une erreur, contactez-nous.
problem-address-recent = Votre compte ne peut pas encore être supprimé
    .detail = Son adresse a été changée il y a moins de trois jours, et le changement peut encore être annulé. Réessayez après ce délai.
problem-address-same = C’est déjà votre adresse
    .detail = Saisissez l’adresse que vous voulez adopter.
problem-bad-request = Cette demande n’a pas pu être lue
    .detail = Rien n’a été modifié. Rechargez la page et envoyez de nouveau le formulaire.
problem-busy = Le service est saturé
    .detail = Rien n’a été modifié. Attendez une minute et envoyez de nouveau le formulaire.
problem-code-expired = Ce code a expiré
    .detail = Un code est valable 30 minutes. Demandez-en un nouveau.
problem-code-limit = Aucun nouveau code pour le moment
    .detail = Vous en avez demandé plusieurs en peu de temps. Vérifiez votre dossier de courrier indésirable, ou réessayez plus tard.
problem-code-spent = Ce code n’est plus utilisable
    .detail = Il a été mal saisi trop souvent. Demandez-en un nouveau.
problem-code-used = Ce code a déjà servi
    .detail = Il a été accepté la première fois. Inutile de le saisir de nouveau.
problem-code-wait = Veuillez patienter un instant
    .detail = Nous venons d’envoyer un code. Vous pouvez demander le suivant une minute après le dernier.
problem-code-wrong = Ce n’est pas le bon code
    .detail = Saisissez les huit chiffres de notre courriel le plus récent. Après cinq codes erronés, il en faut un nouveau.
problem-credentials-wrong = L’adresse et le mot de passe ne correspondent pas
    .detail = Vérifiez l’une et l’autre. Si vous vous êtes inscrit sans saisir le code que nous avons envoyé, créez de nouveau le compte.
problem-cross-site = Cette demande ne vient pas de nos pages
    .detail = Rien n’a été modifié. Ouvrez la page sur ce site et continuez à partir de là.
problem-email-invalid = Ce n’est pas une adresse électronique
    .detail = Saisissez-la en entier, comme nom@example.org.
problem-field-invalid = L’un des champs n’est pas valide
    .detail = Rien n’a été modifié. Vérifiez votre saisie et envoyez-la de nouveau.
problem-gone = Ce contenu n’est plus disponible
    .detail = Il a été retiré, ou le lien a pris fin.
problem-link-gone = Ce lien de téléchargement a pris fin
    .detail = Ouvrez la page de la vidéo, connectez-vous et créez un nouveau lien. Le téléchargement reprendra là où il s’est arrêté.
problem-link-invalid = Ce lien de téléchargement ne fonctionne pas
    .detail = Copiez-le à nouveau depuis la page de votre compte, ou créez-en un sur la page de la vidéo.
problem-link-limit = Vous avez atteint le nombre maximal de liens de téléchargement
    .detail = Mettez fin à un lien dont vous n’avez plus besoin, puis créez le nouveau.
problem-method-not-allowed = Cette adresse n’accepte pas cette méthode
    .detail = L’en-tête Allow indique celles qu’elle accepte.
problem-no-flow = Recommencez ici, ou continuez là où vous avez commencé
    .detail = Un code n’est valable que dans le navigateur où il a été demandé. Si vous avez commencé dans un autre navigateur ou une autre application, retournez-y et saisissez-y le code. Sinon, recommencez ici : trop de temps a passé, ou ce navigateur ne garde pas de cookies pour ce site.
problem-not-found = Page introuvable
    .detail = Vérifiez l’adresse.
problem-password-common = Ce mot de passe est trop courant
    .detail = Les pirates essaient d’abord les mots de passe courants. Choisissez-en un autre.
problem-password-has-space = Le mot de passe contient une espace
    .detail = Choisissez-en un sans espace.
problem-password-needs-lower = Le mot de passe n’a pas de minuscule
    .detail = Ajoutez-en une ou plusieurs, comme a, b ou c.
problem-password-needs-number = Le mot de passe n’a pas de chiffre
    .detail = Ajoutez-en un ou plusieurs, comme 3, 5 ou 8.
problem-password-needs-symbol = Le mot de passe n’a pas de symbole
    .detail = Ajoutez-en un ou plusieurs, comme ! ? % ou +.
problem-password-needs-upper = Le mot de passe n’a pas de majuscule
    .detail = Ajoutez-en une ou plusieurs, comme A, B ou C.
problem-password-too-long = Le mot de passe est trop long
    .detail = Il peut compter au plus { $limit } caractères.
problem-password-too-short = Le mot de passe est trop court
    .detail = Il doit compter au moins { $limit } caractères.
problem-precondition-failed = Le fichier a changé
    .detail = Il a changé depuis le début du téléchargement. Veuillez relancer le téléchargement.
problem-range-not-satisfiable = Le fichier n’a pas cette partie
    .detail = L’en-tête Content-Range indique sa taille.
problem-signed-out = Veuillez vous connecter
    .detail = Vous devez être connecté pour cela. Une session prend fin après un certain temps d’inactivité.
problem-terms-required = Veuillez accepter les conditions d’utilisation
    .detail = Elles ont changé. Lisez-les sur la page de la vidéo et lancez le téléchargement de là.
problem-too-large = Le formulaire est trop volumineux
    .detail = Rien n’a été modifié. Raccourcissez votre saisie et envoyez-la de nouveau.
problem-too-many = Trop de tentatives
    .detail = Rien n’a été modifié. Attendez avant de réessayer.
problem-too-many-downloads = Trop de téléchargements à la fois
    .detail = Attendez la fin d’un de vos téléchargements ou arrêtez-en un, puis relancez celui-ci.
problem-unavailable = Le service est indisponible
    .detail = Veuillez réessayer dans quelques minutes.
problem-undo-invalid = Ce code ne fonctionne pas
    .detail = Copiez-le en entier depuis notre avis le plus récent. Un code est valable trois jours et ne sert qu’une fois. Si vous l’avez déjà utilisé, définissez un nouveau mot de passe avec votre adresse.
problem-unknown-field = Le formulaire contient un champ inconnu
    .detail = Rien n’a été modifié. La page n’est peut-être plus à jour : rechargez-la et envoyez de nouveau le formulaire.
problem-unsupported-type = Type de contenu non pris en charge
    .detail = Le Content-Type doit être application/json ou application/x-www-form-urlencoded.
problem-wording-old = Le texte a changé
    .detail = Rien n’a été modifié. Rechargez la page, lisez le texte à côté du bouton, puis décidez.

# Les mêmes, là où une page le dit mieux
account-code-used-login = Votre code a été accepté
    .detail = Connectez-vous avec le mot de passe que vous avez choisi.
account-code-used-address = Votre code a été accepté
    .detail = Votre compte a sa nouvelle adresse. Vous n’avez rien d’autre à faire.
account-code-used-reset = Votre code a été accepté
    .detail = Choisissez maintenant votre nouveau mot de passe.
account-password-wrong = Ce n’est pas votre mot de passe actuel
    .detail = Saisissez celui avec lequel vous vous connectez.

## Ce qui a été fait
note-code-sent = Nous avons reçu votre demande de nouveau code
    .detail = Si l’adresse peut en recevoir un, il arrivera dans une minute ou deux. Seul le code le plus récent est valable.
note-address-changed = Votre adresse a été changée
    .detail = Connectez-vous désormais avec la nouvelle adresse. Tous les autres appareils ont été déconnectés, et nous avons prévenu l’ancienne adresse.
note-newsletter-on = Vous êtes abonné à la lettre d’information
    .detail = Elle est envoyée à l’adresse de votre compte. Vous pouvez vous désabonner sur la page de votre compte.
note-newsletter-off = Vous vous êtes désabonné
    .detail = Vous ne recevrez plus la lettre d’information. Vous pouvez vous réabonner à tout moment.
note-password-changed = Votre mot de passe a été changé
    .detail = Vous restez connecté ici. Tous les autres appareils ont été déconnectés.

## Courriels. $code, $time et $email sont remplis à l’envoi.
mail-expires = Valable jusqu’à { $time }. Il ne sert qu’une fois.
mail-why = Vous recevez ce courriel parce que { $email } a été saisi sur { $site }.
mail-why-account = Vous recevez ce courriel parce que { $email } est l’adresse de votre compte sur { $site }.
mail-why-deleted = Vous recevez ce courriel parce que { $email } était l’adresse de votre compte sur { $site }.
mail-ask = Des questions ? { $name } : { $email }
mail-when = Date : { $time }
mail-log-in = Se connecter :
mail-reset = Définir un nouveau mot de passe :
mail-page = Si vous avez fermé la page, rouvrez-la dans le même navigateur :
mail-verify-subject = Votre code pour { $site }
mail-verify-text = Saisissez ce code sur la page où vous vous êtes inscrit. Il confirme que cette adresse est la vôtre et ouvre votre compte.
mail-verify-not-you = Si vous ne vous êtes pas inscrit, ignorez ce courriel : sans le code, aucun compte n’est ouvert. Ne donnez le code à personne ; nous ne le demandons jamais par courriel ni par téléphone.
mail-reset-subject = Votre code pour un nouveau mot de passe sur { $site }
mail-reset-text = Saisissez ce code sur la page où vous avez demandé un nouveau mot de passe. Vous pourrez ensuite en choisir un.
mail-reset-not-you = Si vous n’avez rien demandé, ignorez ce courriel : votre mot de passe reste le même. Ne donnez le code à personne ; nous ne le demandons jamais par courriel ni par téléphone.
mail-exists-subject = Vous avez déjà un compte sur { $site }
mail-exists-text = Quelqu’un, sans doute vous, a essayé de créer un compte avec cette adresse. Il y en a déjà un : rien n’a été modifié et il n’y a pas de code à saisir.
mail-exists-not-you = Si ce n’était pas vous, vous n’avez rien à faire.
mail-address-subject = Votre code pour une nouvelle adresse sur { $site }
mail-address-text = Saisissez ce code sur la page où vous avez demandé à changer l’adresse de votre compte. Il confirme que cette adresse est la vôtre.
mail-address-not-you = Si vous n’avez rien demandé, ignorez ce courriel : sans le code, rien ne change. Ne donnez le code à personne ; nous ne le demandons jamais par courriel ni par téléphone.
mail-address-taken-subject = Quelqu’un voulait donner cette adresse à un autre compte sur { $site }
mail-address-taken-text = Quelqu’un, sans doute vous, a essayé de donner cette adresse à un autre compte. Vous avez déjà un compte avec cette adresse : rien n’a été modifié et il n’y a pas de code à saisir.
mail-address-taken-you = Si c’était vous et que vous ne voulez qu’un seul compte, connectez-vous à celui de cette adresse pour le supprimer, ou continuez à l’utiliser.
mail-address-changed-subject = Votre compte sur { $site } a une nouvelle adresse
mail-address-changed-text = L’adresse de votre compte a été changée. Connectez-vous désormais avec la nouvelle adresse.
mail-address-changed-not-you = Si c’était vous, vous n’avez rien à faire. Sinon, annulez le changement avec ce code :
mail-address-undo = Saisissez-le ici, dans n’importe quel navigateur :
mail-address-changed-then = Votre compte retrouve alors cette adresse, toutes les autres personnes sont déconnectées, et vous choisissez un nouveau mot de passe. Ne donnez le code à personne ; nous ne le demandons jamais par courriel ni par téléphone.
mail-address-held-subject = Cette adresse est réservée sur { $site }
mail-address-held-text = Quelqu’un, sans doute vous, a essayé de définir un nouveau mot de passe ou de créer un compte avec cette adresse. C’était celle de votre compte jusqu’à un changement récent, et elle reste réservée trois jours après ce changement.
mail-address-held-not-you = Si vous ne l’avez pas changée vous-même, reportez-vous à notre avis de changement : il contient un code qui l’annule.
mail-address-restored-subject = Le changement de votre adresse sur { $site } a été annulé
mail-address-restored-text = Le compte qui avait cette adresse a retrouvé la précédente. Une personne qui lit le courrier de cette dernière a annulé le changement. Votre adresse n’a plus de compte.
mail-closed-subject = Votre compte sur { $site } est fermé
mail-closed-text = Quelqu’un, sans doute vous, a essayé d’utiliser le compte de cette adresse. Ce compte est fermé : on ne peut ni s’y connecter ni définir un nouveau mot de passe.
mail-closed-ask = Si vous pensez qu’il s’agit d’une erreur, contactez-nous.
mail-password-changed-subject = Votre mot de passe sur { $site } a été changé
mail-password-changed-text = Le mot de passe de votre compte a été changé. Tous les autres appareils ont été déconnectés et les liens de téléchargement ont pris fin.
mail-password-changed-not-you = Si c’était vous, vous n’avez rien à faire. Sinon, définissez immédiatement un nouveau mot de passe et contactez-nous.
mail-deleted-subject = Votre compte sur { $site } a été supprimé
mail-deleted-text = Votre compte a été supprimé. Ont été effacés : votre adresse électronique, votre mot de passe, votre abonnement à la lettre d’information, vos sessions et vos liens de téléchargement. L’historique des téléchargements est conservé, mais ne permet plus de vous identifier.
mail-deleted-not-you = Si ce n’était pas vous, quelqu’un connaît votre mot de passe : changez-le partout où vous l’utilisez, et contactez-nous. Ce courriel est le dernier que nous envoyons à cette adresse.

# Ce que dit le script sur les pages de compte et dans le panneau
script-again = Vous pourrez en demander un autre dans { $time }.
script-close = Fermer
script-hide = Masquer
script-met = respecté
script-onward = Télécharger votre fichier
script-resting = Le service des comptes est injoignable pour le moment. Le reste du site fonctionne, et votre saisie est conservée : réessayez dans une minute.
script-show = Afficher
script-signed-in = connecté
script-tries = Tentatives restantes : { $number }
script-unmet = pas encore
script-until = Le code est encore valable pendant { $time }.
script-wait = Vous pourrez réessayer dans { $time }.
