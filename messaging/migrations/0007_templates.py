"""Templates with a purpose, a class, a language and a state; what the provider registered of them.

Beside a server of the version before: every new column has a default, and the trigger fills
`purpose` of the product's own keys and keeps `status` in step with `approved_at` and
`disabled_reason`, which that server writes alone. Backwards: a text that is not the one in use
keeps its row under a key of its own, since the version before knows one row a key.
"""

import django.contrib.postgres.functions
import django.db.models.deletion
from django.db import migrations, models

#: Two clinics migrate at once: re-creating one function concurrently fails without a lock.
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('messaging.functions', 0));"

KEEP_STATE = """
CREATE OR REPLACE FUNCTION public.messaging_template_purpose(key text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN key = 'booking_confirmation' THEN 'confirmation'
        WHEN key = 'reminder' THEN 'reminder'
        WHEN key LIKE 'care_guide%' OR key = 'hint' THEN 'aftercare'
        WHEN key LIKE 'check_%' THEN 'check'
        WHEN key IN ('restore', 'invite', 'nudge', 'missed_care', 'missed_offer', 'recall')
            THEN 'recall'
        ELSE 'reply' END
$$;
CREATE OR REPLACE FUNCTION public.messaging_template_state() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE led boolean;
BEGIN
    IF NEW.purpose = '' THEN
        NEW.purpose := public.messaging_template_purpose(NEW.key);
    END IF;
    IF TG_OP = 'INSERT' THEN
        led := NEW.status = 'draft' AND (NEW.approved_at IS NOT NULL OR NEW.disabled_reason <> '');
    ELSE
        led := NEW.status = OLD.status AND (NEW.approved_at, NEW.disabled_reason)
            IS DISTINCT FROM (OLD.approved_at, OLD.disabled_reason);
    END IF;
    IF led THEN
        NEW.status := CASE WHEN NEW.disabled_reason <> '' THEN 'disabled'
                           WHEN NEW.approved_at IS NOT NULL THEN 'approved' ELSE 'draft' END;
        NEW.status_reason := NEW.disabled_reason;
        NEW.status_at := coalesce(NEW.approved_at, NEW.status_at);
    ELSIF TG_OP = 'INSERT' OR NEW.status <> OLD.status THEN
        NEW.approved_at := CASE NEW.status
            WHEN 'approved' THEN coalesce(NEW.status_at, NEW.approved_at)
            WHEN 'disabled' THEN NEW.approved_at END;
        NEW.disabled_reason := CASE NEW.status
            WHEN 'disabled' THEN left(coalesce(nullif(NEW.status_reason, ''), 'disabled'), 200)
            ELSE '' END;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER template_state BEFORE INSERT OR UPDATE ON messaging_template
FOR EACH ROW EXECUTE FUNCTION public.messaging_template_state();
"""
#: The functions stay: another clinic's tables may still use them.
FORGET_STATE = "DROP TRIGGER IF EXISTS template_state ON messaging_template;"

WHAT_STANDS = """
UPDATE messaging_template SET
    purpose = public.messaging_template_purpose(key),
    status = CASE WHEN disabled_reason <> '' THEN 'disabled'
                  WHEN approved_at IS NOT NULL THEN 'approved' ELSE 'draft' END,
    status_reason = disabled_reason,
    status_at = approved_at;
-- The new column `uid` wrote each row anew, so its account is looked at again; now, since no
-- index can be made while that is outstanding.
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""
ONE_ROW_A_KEY = """
UPDATE messaging_template t SET key = left(t.key, 28) || '~' || t.id
WHERE EXISTS (
    SELECT FROM messaging_template o
    WHERE (o.key, o.channel) = (t.key, t.channel)
      AND o.account_id IS NOT DISTINCT FROM t.account_id
      AND (o.status = 'approved' AND o.language = 'vi', o.status = 'approved', o.id)
        > (t.status = 'approved' AND t.language = 'vi', t.status = 'approved', t.id));
"""


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0006_limits'),
    ]

    operations = [
        migrations.CreateModel(
            name='TemplateParam',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40)),
                ('kind', models.CharField(blank=True, max_length=20)),
                ('max_length', models.PositiveSmallIntegerField()),
                ('min_length', models.PositiveSmallIntegerField(db_default=0, default=0)),
                ('required', models.BooleanField(db_default=True, default=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='template',
            name='template_once',
        ),
        migrations.AddField(
            model_name='template',
            name='button',
            field=models.CharField(blank=True, db_default='', default='', max_length=30),
        ),
        migrations.AddField(
            model_name='template',
            name='keep_accents',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='template',
            name='language',
            field=models.CharField(choices=[('vi', 'Vietnamese'), ('en', 'English')], db_default='vi', max_length=2),
        ),
        migrations.AddField(
            model_name='template',
            name='message_class',
            field=models.CharField(choices=[('care', 'Care'), ('ads', 'Advertising')], db_default='care', max_length=4),
        ),
        migrations.AddField(
            model_name='template',
            name='price_phone',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='template',
            name='price_user',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='template',
            name='purpose',
            field=models.CharField(choices=[('confirmation', 'Confirming an appointment'), ('reminder', 'Reminding of an appointment'), ('aftercare', 'Care after a treatment'), ('check', 'Asking how it is'), ('recall', 'Inviting back'), ('survey', 'Asking for an opinion'), ('birthday', 'Birthday'), ('campaign', 'Campaign'), ('reply', 'Answering')], db_default='', max_length=12),
        ),
        migrations.AddField(
            model_name='template',
            name='quality',
            field=models.CharField(blank=True, db_default='', default='', max_length=12),
        ),
        migrations.AddField(
            model_name='template',
            name='status',
            field=models.CharField(choices=[('draft', 'Draft'), ('pending', 'Waiting for approval'), ('approved', 'In use'), ('rejected', 'Rejected'), ('disabled', 'No longer used')], db_default='draft', max_length=8),
        ),
        migrations.AddField(
            model_name='template',
            name='status_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='template',
            name='status_reason',
            field=models.CharField(blank=True, db_default='', default='', max_length=300),
        ),
        migrations.AddField(
            model_name='template',
            name='synced_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='template',
            name='timeout_ms',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='template',
            name='title',
            field=models.CharField(blank=True, db_default='', default='', max_length=65),
        ),
        migrations.AddField(
            model_name='template',
            name='uid',
            field=models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, unique=True),
        ),
        migrations.RunSQL(_ALONE + KEEP_STATE, _ALONE + FORGET_STATE),
        migrations.RunSQL(WHAT_STANDS, ONE_ROW_A_KEY),
        migrations.AddConstraint(
            model_name='template',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'approved')), fields=('key', 'channel', 'account', 'language'), name='template_one_in_use', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='template',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ('draft', 'pending', 'rejected'))), fields=('key', 'channel', 'account', 'language'), name='template_one_in_work', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='template',
            constraint=models.CheckConstraint(condition=models.Q(('purpose__in', ['confirmation', 'reminder', 'aftercare', 'check', 'recall', 'survey', 'birthday', 'campaign', 'reply'])), name='template_purpose_known'),
        ),
        migrations.AddConstraint(
            model_name='template',
            constraint=models.CheckConstraint(condition=models.Q(('message_class', 'care'), models.Q(('message_class', 'ads'), ('purpose__in', ('campaign', 'birthday'))), _connector='OR'), name='template_class_fits'),
        ),
        migrations.AddConstraint(
            model_name='template',
            constraint=models.CheckConstraint(condition=models.Q(('language__in', ['vi', 'en'])), name='template_language_known'),
        ),
        migrations.AddConstraint(
            model_name='template',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'pending', 'approved', 'rejected', 'disabled'])), name='template_status_known'),
        ),
        migrations.AddField(
            model_name='templateparam',
            name='template',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='messaging.template'),
        ),
        migrations.AddConstraint(
            model_name='templateparam',
            constraint=models.UniqueConstraint(fields=('template', 'name'), name='template_param_once'),
        ),
        migrations.AddConstraint(
            model_name='templateparam',
            constraint=models.CheckConstraint(condition=models.Q(('max_length__gte', models.F('min_length'))), name='template_param_range'),
        ),
    ]
